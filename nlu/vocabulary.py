"""The keys that the parser, the ledger and the answers share, each with its Russian name."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quantity:
    """What can be measured of a patient."""

    name: str
    """Russian, nominative."""
    unit: str
    """UCUM code of the ledger's values."""
    category: str
    """``vital`` or ``laboratory``."""
    loinc: str


OBSERVATIONS: dict[str, Quantity] = {
    "blood_pressure": Quantity("артериальное давление", "mm[Hg]", "vital", "85354-9"),
    "heart_rate": Quantity("пульс", "/min", "vital", "8867-4"),
    "temperature": Quantity("температура", "Cel", "vital", "8310-5"),
    "spo2": Quantity("сатурация", "%", "vital", "59408-5"),
    "respiratory_rate": Quantity("частота дыхания", "/min", "vital", "9279-1"),
    "weight": Quantity("вес", "kg", "vital", "29463-7"),
    "height": Quantity("рост", "cm", "vital", "8302-2"),
    "glucose": Quantity("глюкоза", "mmol/L", "laboratory", "15074-8"),
    "haemoglobin": Quantity("гемоглобин", "g/L", "laboratory", "718-7"),
    "hba1c": Quantity("гликированный гемоглобин", "%", "laboratory", "4548-4"),
    "creatinine": Quantity("креатинин", "umol/L", "laboratory", "14682-9"),
    "cholesterol": Quantity("холестерин", "mmol/L", "laboratory", "14647-2"),
    "potassium": Quantity("калий", "mmol/L", "laboratory", "2823-3"),
    "leukocytes": Quantity("лейкоциты", "10*9/L", "laboratory", "6690-2"),
    "platelets": Quantity("тромбоциты", "10*9/L", "laboratory", "777-3"),
    "esr": Quantity("СОЭ", "mm/h", "laboratory", "30341-2"),
    "crp": Quantity("С-реактивный белок", "mg/L", "laboratory", "1988-5"),
    "troponin": Quantity("тропонин", "ng/L", "laboratory", "67151-1"),
    "ejection_fraction": Quantity("фракция выброса", "%", "laboratory", "10230-1"),
}

DOCUMENT_TYPES: dict[str, str] = {
    "discharge_summary": "выписка",
    "epicrisis": "эпикриз",
    "laboratory_report": "результаты анализов",
    "blood_test": "анализ крови",
    "urine_test": "анализ мочи",
    "ecg": "электрокардиограмма",
    "echocardiography": "эхокардиография",
    "mri": "МРТ",
    "ct": "КТ",
    "xray": "рентген",
    "ultrasound": "УЗИ",
    "operation_report": "протокол операции",
    "consultation": "заключение консультанта",
    "referral": "направление",
    "prescription": "рецепт",
    "vaccination": "прививочный сертификат",
    "sick_leave": "больничный лист",
}
