// «Понимание»: the queue, own examples, training and versions, as `assistant nlu` has them.

import { ask, button, cell, confirmed, day, element, fill, guarded, notice, read, row, when } from "./desk.js";
import { entityName, faultName, intentName, measureName, refused, stepName, versionName } from "./tuning-words.js";

const POLL_MS = 1000;
const percent = (rate) => rate.toLocaleString("ru", { style: "percent", minimumFractionDigits: 1 });
const counted = ({ right, total, rate }) => `${percent(rate)} (${right}/${total})`;
const f1 = (value) => value.toLocaleString("ru", { minimumFractionDigits: 3, maximumFractionDigits: 3 });

let shownJob = -1;
let ownJob = -1;
let polling = 0;
let current = "";
let names = {};

/** Begin a piece of work and follow it; only who began it is asked what it needs. */
async function begin(work) {
  ownJob = (await send("job", work)).number;
  await follow();
}

const send = async (path, body) => (await ask(`nlu/${path}`, "POST", body)).json();

/** Show the section anew, and whatever runs. */
export async function refresh() {
  const state = await read("nlu");
  current = state.current;
  names = state.names;
  showQueue(state);
  choices("example-intent", state.intents, intentName);
  showVersions(state);
  element("own").textContent = `Своих примеров: ${state.own_examples}.`;
  await follow();
}

function choices(id, values, name, chosen = element(id).value) {
  element(id).replaceChildren(...values.map((value) => new Option(name(value), value, false, value === chosen)));
}

function showQueue({ queue, collecting, settings, intents }) {
  element("queue-text").textContent = collecting
    ? "Здесь фразы узнанных врачей, которых помощник не понял. Имена, числа и незнакомые слова скрыты."
    : `Сбор выключен. Чтобы собирать непонятые фразы (имена и числа в них скрываются), впишите в ${settings} строки «[nlu]» и «review = true» и перезапустите помощника.`;
  element("queue-table").hidden = !collecting && !queue.length;
  const rows = queue.map(({ text, times, last, dropped_on }, number) => {
    const select = document.createElement("select");
    select.setAttribute("aria-label", `Что значит: ${text}`);
    select.append(new Option("выберите", ""), ...intents.map((id) => new Option(intentName(id), id)));
    const label = button("В примеры", () => guarded(async () => {
      if (!select.value) throw new Error(`Выберите, что значит фраза ${number + 1}.`);
      const added = await send("queue/label", { text, intent: select.value });
      await refresh();
      notice(`Добавлено в «${intentName(select.value)}»: ${added.text}. Чтобы помощник это узнал, обучите новую версию.`);
    }));
    const drop = button("Убрать", () => guarded(async () => {
      await send("queue/drop", { text });
      await refresh();
      notice("Фраза убрана.");
    }));
    const actions = document.createElement("div");
    actions.className = "actions";
    actions.append(select, label, drop);
    return row(cell(text, "said"), cell(actions), cell(String(times)), cell(day(last)), cell(day(dropped_on)));
  });
  fill("queue", rows, "Непонятых фраз нет.");
}

function showVersions({ versions, history }) {
  const rows = versions.map(({ id, created, author, examples, accuracy, fault }) => {
    const actions = document.createElement("div");
    actions.className = "actions";
    if (id !== "shipped" && !fault) actions.append(button("Показать", () => guarded(() => showVersion(id))));
    if (id !== current && id !== "shipped" && !fault) {
      const use = button("В работу", () => guarded(() => promote(id)));
      use.dataset.work = "";
      actions.append(use);
    }
    const name = cell(id === current ? `● ${versionName(id)}` : versionName(id), id === current ? "good" : "");
    const state = fault ? cell(refused(fault), "bad") : cell(id === current ? "в работе" : "—");
    return row(name, cell(when(created)), cell(author), cell(examples && String(examples)),
      cell(accuracy && percent(accuracy.rate)), state, cell(actions.childElementCount ? actions : "—"));
  });
  fill("versions", rows, "");
  const sound = versions.filter(({ fault }) => !fault).map(({ id }) => id);
  choices("before", sound, versionName, element("before").value || current);
  choices("after", sound, versionName, element("after").value || sound.at(-1));
  element("compare").hidden = sound.length < 2;
  element("promotions").replaceChildren(...history.toReversed().map(({ version, at, author, action, forced }) => {
    const line = document.createElement("li");
    const what = action === "promote" ? "введена в работу" : "возврат";
    line.textContent = `${when(at)}: ${versionName(version)}, ${what} (${author})${forced ? `; хуже прежней, причина: ${forced}` : ""}`;
    return line;
  }));
  element("promotions-none").hidden = history.length > 0;
}

async function showVersion(id) {
  const version = await read(`nlu/versions/${id}`);
  element("version").hidden = false;
  element("version-title").textContent = `Версия ${id}`;
  fill("version-measures", [
    row(cell("Перекрёстная проверка"), cell(counted(version.accuracy))),
    ...Object.entries(version.measures).map(([name, counts]) => row(cell(measureName(name)), cell(counted(counts)))),
    ...Object.entries(version.entities).map(([name, value]) => row(cell(`F1: ${entityName(name)}`), cell(f1(value)))),
  ], "");
  fill("version-confusions", Object.entries(version.confusions).map(([meant, taken]) => {
    const total = Object.values(taken).reduce((sum, count) => sum + count, 0);
    const right = taken[meant] ?? 0;
    const others = Object.entries(taken).filter(([as]) => as !== meant).sort(([, one], [, two]) => two - one);
    return row(cell(intentName(meant)), cell(counted({ right, total, rate: right / total })),
      cell(others.map(([as, count]) => `${intentName(as)} ${count}`).join(", ") || "—", "said"));
  }), "");
  element("confusion").hidden = !version.picture;
  if (version.picture) {
    URL.revokeObjectURL(element("confusion").src);
    element("confusion").src = URL.createObjectURL(await (await ask(`nlu/versions/${id}/confusion.png`)).blob());
  }
  element("version").scrollIntoView({ block: "nearest" });
}

function showComparison({ before, after }, { measures, entities, worse, better }) {
  element("comparison").hidden = false;
  element("comparison-title").textContent = `${versionName(before)} → ${versionName(after)}`;
  element("name-before").textContent = versionName(before);
  element("name-after").textContent = versionName(after);
  const points = (by) => `${(100 * by).toLocaleString("ru", { maximumFractionDigits: 2 })} п. п.`;
  const change = (by, written) => (by === 0 ? ["без изменений"]
    : [`${by > 0 ? "лучше" : "хуже"} на ${written(Math.abs(by))}`, by > 0 ? "good" : "bad"]);
  fill("comparison-measures", [
    ...measures.map((line) => row(cell(measureName(line.name)), cell(counted(line.before)), cell(counted(line.after)), cell(...change(line.change, points)))),
    ...entities.map((line) => row(cell(`F1: ${entityName(line.name)}`), cell(f1(line.before)), cell(f1(line.after)), cell(...change(line.change, f1)))),
  ], "");
  fill("flips", [
    ...worse.map(({ text, fault }) => row(cell("хуже", "bad"), cell(text, "said"), cell(faultName(fault, names), "said"))),
    ...better.map(({ text, fault }) => row(cell("лучше", "good"), cell(text, "said"), cell(`было: ${faultName(fault, names)}`, "said"))),
  ], "Ни одна контрольная фраза не изменилась.");
}

async function promote(version, reason = undefined) {
  const force = reason ? { reason } : {};
  if (!reason && !(await confirmed(`Ввести ${version} в работу? Сначала она сравнится с той, что в работе.`, "Ввести"))) return;
  await begin({ kind: "promote", after: version, ...force });
}

/** Show the piece of work in progress, whoever began it, until it ends. */
async function follow() {
  clearTimeout(polling);
  const job = await read("nlu/job");
  showProgress(job);
  if (shownJob < 0) shownJob = job.running ? job.number - 1 : job.number;
  if (job.running) {
    polling = setTimeout(() => guarded(follow), POLL_MS);
  } else if (job.number !== shownJob) {
    shownJob = job.number;
    await ended(job);
  }
}

function showProgress({ running, work, step, steps, steps_begun, started }) {
  const names = { train: "Идёт обучение", compare: "Идёт сравнение", promote: `Проверяется ${work.after}` };
  element("progress").hidden = !running;
  if (running) {
    element("bar").max = steps;
    element("bar").value = Math.max(0, steps_begun - 1);
    const now = steps_begun ? `шаг ${steps_begun} из ${steps}, ${stepName(step)}` : "начинается";
    element("progress-text").textContent = `${names[work.kind]}: ${now}. Начато ${new Date(started).toLocaleTimeString("ru")}.`;
  }
  for (const one of document.querySelectorAll("[data-work]")) {
    one.disabled = running || (one.id === "rollback" && current === "shipped");
  }
}

async function ended({ number, work, result, error }) {
  await refresh();
  if (error) {
    notice(refused(error.error, error.about), true);
    if (error.error === "nlu.worse" && number === ownJob) askReason(work.after, refused(error.error, error.about));
  } else if (work.kind === "train") {
    notice(`${result.version} обучена, в работе остаётся ${versionName(current)}. Сравните их и введите новую в работу.`);
    element("after").value = result.version;
    await showVersion(result.version);
  } else if (work.kind === "compare") {
    showComparison(work, result);
  } else {
    notice(`${result.version} в работе. Помощник перейдёт на неё за несколько секунд.`);
  }
}

function askReason(version, text) {
  element("force-text").textContent = text;
  element("reason").value = "";
  element("force").showModal();
  element("force-no").onclick = () => element("force").close();
  element("force-form").onsubmit = (event) => {
    event.preventDefault();
    element("force").close();
    guarded(() => promote(version, element("reason").value.trim()));
  };
}

function exampleFault(text) {
  element("example-fault").textContent = text;
  element("example-text").setAttribute("aria-invalid", String(Boolean(text)));
}

element("example").addEventListener("submit", (event) => {
  event.preventDefault();
  const [text, intent] = [element("example-text").value, element("example-intent").value];
  exampleFault("");
  guarded(async () => {
    try {
      const { added } = await send("examples", { text, intent });
      element("example-text").value = "";
      await refresh();
      notice(added ? `Добавлено в «${intentName(intent)}». Чтобы помощник это узнал, обучите новую версию.` : "Такой пример уже есть.");
    } catch (error) {
      if (!error.code) throw error;
      exampleFault(error.message);
      element("example-text").focus();
    }
  });
});

element("train").addEventListener("click", () => guarded(() => begin({ kind: "train" })));

element("compare").addEventListener("submit", (event) => {
  event.preventDefault();
  guarded(() => begin({ kind: "compare", before: element("before").value, after: element("after").value }));
});

element("rollback").addEventListener("click", () => guarded(async () => {
  if (!(await confirmed(`Вернуться к версии, что была до ${current}?`, "Вернуться"))) return;
  const { version } = await send("rollback");
  await refresh();
  notice(`Снова в работе ${versionName(version)}. Помощник перейдёт на неё за несколько секунд.`);
}));
