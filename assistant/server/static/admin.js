// The admin's page: reads from /admin/api with the token that `assistant admin-link` showed.

import { ask, button, cell, confirmed, day, element, fill, guarded, list, notice, read, row, when } from "./desk.js";
import { refresh } from "./tuning.js";
import { intentName } from "./tuning-words.js";

const SECTIONS = ["health", "people", "tablets", "thresholds", "nlu", "audit"];
const ROLES = { doctor: "врач", nurse: "медсестра" };
const TIERS = { harmless: "Безвредное", read: "Чтение", sensitive: "Диагнозы и документы", write: "Запись" };
const DECISIONS = { accept: ["узнан", "good"], reject: ["не узнан", "bad"], insufficient: ["мало речи", "wait"] };
const EVENTS = {
  turn: "вопрос",
  prefetch: "чтение заранее",
  voice_enrolled: "голос записан",
  pin_set: "задан пин-код",
  thresholds_set: "изменены пороги голоса",
  voice_forgotten: "голос удалён",
  logged_in: "вход",
  log_in_refused: "отказ во входе",
  pin_locked: "пин-код закрыт на четверть часа",
  logged_out: "выход",
  timed_out: "время сеанса вышло",
  audit_searched: "поиск в журнале",
  nlu_example: "добавлен пример",
  nlu_label: "фраза стала примером",
  nlu_drop: "фраза убрана",
  nlu_train: "обучена версия",
  nlu_promote: "версия введена в работу",
  nlu_rollback: "возврат к версии",
};

const REASONS = {
  pin: "неверный пин-код",
  "pin.locked": "пин-код закрыт",
  "pin.missing": "пин-код не задан",
  "enrolment.quality": "голос не записан",
  audio: "никто не читает",
};

document.documentElement.dataset.theme =
  localStorage.getItem("theme") ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");

// The token is longer than any section's name, and stays in this tab only.
const fragment = location.hash.slice(1);
if (fragment.length > 20) {
  sessionStorage.setItem("admin", fragment);
  history.replaceState(null, "", location.pathname);
}

const show = {
  nlu: refresh,

  async health() {
    const health = await read("health");
    const fine = (state) => (state === "ok" ? ["в порядке", "good"] : [`ошибка: ${state}`, "bad"]);
    const [audit, style] = fine(health.audit);
    list("health-list", [
      ["Реестр записей", ...fine(health.ledger)],
      ["Журнал доступа", health.audit === "ok" ? `цел, строк: ${health.audit_line}` : `${audit}, строка ${health.audit_line}`, style],
      ["Планшетов на связи", String(health.tablets)],
      ["Свободно на диске", `${health.disk_free_gb.toLocaleString("ru")} ГБ`],
      ["Работает", `${Math.floor(health.up_s / 3600)} ч ${Math.floor((health.up_s % 3600) / 60)} мин`],
      ["Версия", health.version],
    ]);
  },

  async people() {
    const rows = (await read("people")).map(({ id, role, enrolled_at, aged, consent, fault }) => {
      const voice = fault ? cell(`не читается: ${fault}`, "bad")
        : aged ? cell(`${day(enrolled_at)}, пора обновить`, "wait")
        : cell(day(enrolled_at) ?? "не записан");
      const given = consent ? `${consent.by}, ${day(consent.at)}, текст ${consent.text_version}` : "нет";
      const action = enrolled_at || fault ? button("Удалить голос", () => forget(id)) : "—";
      return row(cell(id), cell(ROLES[role] ?? "нет в списке", role ? "" : "wait"), voice, cell(given), cell(action));
    });
    fill("people", rows, "Сотрудников ещё нет: assistant staff add, assistant enroll.");
  },

  async tablets() {
    const rows = (await read("tablets")).map(({ id, member, paired_at }) =>
      row(cell(id), cell(member), cell(when(paired_at)), cell(button("Отключить", () => putOut(id)))),
    );
    fill("tablets", rows, "Планшетов ещё нет: assistant tablet pair ВРАЧ.");
  },

  async thresholds() {
    const { checked, calibrated, saved, det, tiers } = await read("thresholds");
    const source = !checked
      ? "Голос здесь не сверяется: вход по пин-коду."
      : calibrated
        ? "Измерены на записях этого отделения."
        : "Пороги по умолчанию. Они не переносятся между помещениями: запишите голоса и выполните «assistant calibrate ПАПКА --apply».";
    const waiting = {
      other: "Сохранены другие пороги: они подействуют после перезапуска assistant serve.",
      unreadable: "Сохранённые пороги не читаются, и после остановки помощник не запустится: выполните «assistant calibrate ПАПКА --apply».",
    }[saved];
    element("thresholds-text").textContent = [source, waiting].filter(Boolean).join(" ");
    list("thresholds-list", Object.entries(tiers).map(([tier, value]) => [
      TIERS[tier] ?? tier,
      value.toLocaleString("ru", { minimumFractionDigits: 2, maximumFractionDigits: 3 }),
    ]));
    element("det").hidden = !det;
    if (det) element("det").src = URL.createObjectURL(await (await ask("det.png")).blob());
  },

  async audit() {
    const wanted = new URLSearchParams();
    for (const [name, value] of new FormData(element("search"))) if (value) wanted.set(name, value);
    const rows = (await read(`audit?${wanted}`)).map((event) => {
      const [decision, style] = DECISIONS[event.speaker] ?? ["—", ""];
      const access = event.allowed === undefined ? ["—", ""] : event.allowed ? ["разрешён", "good"] : ["отказано", "bad"];
      return row(
        cell(when(event.time)),
        cell([EVENTS[event.event] ?? event.event, event.to, event.forced && `(${event.forced})`, event.event === "log_in_refused" && `(${REASONS[event.reason] ?? event.reason})`].filter(Boolean).join(" ")),
        cell(event.member),
        cell(event.intent && intentName(event.intent)),
        cell(event.speaker ? `${decision} ${event.score}` : decision, style),
        cell(...access),
      );
    });
    fill("audit", rows, "Ничего не найдено.");
  },
};

async function forget(id) {
  if (!(await confirmed(`Удалить голос «${id}»? Ключ и отпечатки будут уничтожены, вернуть их нельзя.`))) return;
  await guarded(async () => {
    await ask(`people/${encodeURIComponent(id)}/forget`, "POST");
    await show.people();
    notice(`Голос «${id}» уничтожен, расписка в speakers/erased.jsonl.`);
  });
}

async function putOut(id) {
  if (!(await confirmed(`Отключить планшет «${id}»?`, "Отключить"))) return;
  await guarded(async () => {
    await ask(`tablets/${encodeURIComponent(id)}/forget`, "POST");
    await show.tablets();
    notice("Планшет отключён.");
  });
}

function open() {
  const name = SECTIONS.includes(location.hash.slice(1)) ? location.hash.slice(1) : "health";
  for (const section of SECTIONS) element(section).hidden = section !== name;
  for (const link of document.querySelectorAll("nav a")) {
    if (link.hash === `#${name}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  notice("");
  guarded(show[name]);
}

addEventListener("hashchange", open);
element("search").addEventListener("submit", (event) => {
  event.preventDefault();
  guarded(show.audit);
});
open();
