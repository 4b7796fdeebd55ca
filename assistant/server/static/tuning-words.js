// The Russian words of «Понимание»: names of what the parser knows, and what to do about errors.

const INTENTS = {
  get_hospital_visits: "Визиты в больницу",
  get_documents_from_hospital: "Документы из больницы",
  get_document: "Один документ",
  select_patient: "Выбор пациента",
  get_latest_vitals: "Последние показатели",
  get_lab_result: "Анализы",
  get_allergies: "Аллергии",
  get_medications: "Лекарства",
  get_diagnoses: "Диагнозы",
  add_note: "Новая заметка",
  record_measurement: "Новое измерение",
  affirm: "Да",
  deny: "Нет",
  repeat: "Повтори",
  stop: "Стоп",
  next: "Дальше",
  previous: "Назад",
  help: "Помощь",
  end_session: "Конец работы",
  out_of_scope: "Не к помощнику",
};
const ENTITIES = {
  patient_name: "имя пациента",
  patient_id: "номер карты",
  hospital: "больница",
  document_type: "вид документа",
  ordinal: "номер в списке",
  period: "период",
  date: "дата",
  observation: "показатель",
  value: "значение",
};
const MEASURES = {
  "intents, clean": "Намерения, чистый текст",
  "intents, asr": "Намерения, с ошибками распознавания",
  "out of scope refused": "Чужое отклонено",
  "right patient": "Верный пациент",
  "no wrong patient": "Без чужого пациента",
  "no wrong action": "Без неверного действия",
  entities: "Сущности",
};
const STEPS = {
  read: "чтение примеров",
  train: "обучение",
  "cross-validate": "перекрёстная проверка",
  "golden set": "контрольный набор",
  picture: "рисунок",
};
const REFUSALS = {
  "nlu.busy": () => "Идёт другая работа. Дождитесь её конца.",
  "nlu.job": () => "Работа прервалась. Посмотрите сообщения сервера и повторите.",
  "nlu.example.intent": () => "Такого намерения нет. Выберите из списка.",
  "nlu.example.taken": (names) => `Это уже пример намерения «${names.map(intentName).join()}». Скажите другими словами.`,
  "nlu.example.examined": () => "Эта фраза есть в контрольном наборе: заученная, она ничего не проверит. Скажите то же другими словами.",
  "nlu.example.entity": (names) => `Неизвестная метка: ${names.join(", ")}. Возможны: ${Object.keys(ENTITIES).join(", ")}.`,
  "nlu.example.mark": () => "В тексте лишний знак. Пишите словами, имя помечайте так: [Зотова](patient_name).",
  "nlu.example.language": () => "В тексте нет русских слов. Напишите то, что говорит врач.",
  "nlu.example.file": () => "Файл своих примеров (nlu/site.yml) повреждён. Исправьте его на сервере или удалите, чтобы начать заново.",
  "nlu.version": () => "Такой версии нет, она уже в работе, или возвращаться некуда. Обновите страницу.",
  "nlu.corrupt": () => "Файлы версии изменены или потеряны. Обучите и введите новую или вернитесь к прежней.",
  "nlu.history": () => "История версий (nlu/current.json) повреждена. Восстановите её из копии или удалите, чтобы вернуться к исходной модели.",
  "nlu.worse": (names) => `Версия хуже той, что в работе: ${names.map(measureName).join("; ")}.`,
  "nlu.review": () => "Этой фразы в списке больше нет. Обновите страницу.",
};

export const intentName = (id) => INTENTS[id] ?? id;
export const entityName = (id) => ENTITIES[id] ?? id;
export const measureName = (id) => (id.startsWith("F1 ") ? `F1: ${entityName(id.slice(3))}` : MEASURES[id] ?? id);
export const stepName = (id) => STEPS[id] ?? versionName(id);
export const versionName = (id) => (id === "shipped" ? "исходная" : id);
export const refused = (code, about = []) => REFUSALS[code]?.(about) ?? `Не получилось (${code}). Посмотрите сообщения сервера.`;

/** What was read wrongly, as `assistant.tuning.scores` writes it; `names` are those of the values. */
export function faultName(fault, names) {
  return fault
    .split("; ")
    .map((part) => {
      const [kind, ...rest] = part.split(" ");
      const value = rest.join(" ");
      if (kind === "intent") return `понято как «${intentName(value)}»`;
      const [entity, id] = value.split("=");
      const text = names[id] ?? id;
      if (kind === "extra") return `лишнее: ${entityName(entity)} ${text}`;
      if (kind === "missed") return `пропущено: ${entityName(entity)} ${text}`;
      if (kind === "wrong") return `не тот пациент: ${rest.at(-1)}`;
      if (kind === "asked") return "переспросит о пациенте";
      return part;
    })
    .join("; ");
}
