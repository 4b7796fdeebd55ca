// What the sections of the admin's page share: asking the server, and filling tables.

import { refused } from "./tuning-words.js";

export const element = (id) => document.getElementById(id);

/** Asks with the admin's token; throws what to show. A refusal with a reason is a Refusal. */
export async function ask(path, method = "GET", body = undefined) {
  const response = await fetch(`/admin/api/${path}`, {
    method,
    headers: { authorization: `Bearer ${sessionStorage.getItem("admin") ?? ""}` },
    body: body && JSON.stringify(body),
  });
  if (response.status === 401) {
    throw new Error("Нет доступа. Выполните на сервере «assistant admin-link» и откройте ссылку.");
  }
  if (response.status === 409) throw new Refusal(await response.json());
  if (!response.ok) throw new Error(`Сервер ответил ошибкой (${response.status}). Повторите или посмотрите его сообщения.`);
  return response;
}

export class Refusal extends Error {
  constructor({ error, about }) {
    super(refused(error, about));
    this.code = error;
  }
}

export const read = async (path) => (await ask(path)).json();

// On a narrow screen a row is a card, which takes its meaning as a table away: roles give it back.
for (const [selector, role] of Object.entries({ table: "table", "thead, tbody": "rowgroup", tr: "row", th: "columnheader" })) {
  for (const one of document.querySelectorAll(selector)) one.setAttribute("role", role);
}

export function cell(content, style = "") {
  const place = document.createElement("td");
  place.setAttribute("role", "cell");
  place.append(content ?? "—");
  place.className = style;
  return place;
}

export function row(...cells) {
  const line = document.createElement("tr");
  line.setAttribute("role", "row");
  line.append(...cells);
  return line;
}

export function fill(section, rows, empty) {
  const body = element(section).querySelector("tbody");
  const blank = cell(empty);
  blank.colSpan = 9;
  const columns = [...element(section).querySelectorAll("th")].map((one) => one.textContent);
  for (const line of rows) [...line.cells].forEach((one, column) => (one.dataset.label = columns[column]));
  body.replaceChildren(...(rows.length ? rows : [row(blank)]));
}

export function list(id, entries) {
  element(id).replaceChildren(
    ...entries.flatMap(([name, value, style = ""]) => {
      const term = document.createElement("dt");
      term.textContent = name;
      const meaning = document.createElement("dd");
      meaning.textContent = value;
      meaning.className = style;
      return [term, meaning];
    }),
  );
}

export function button(text, action) {
  const place = document.createElement("button");
  place.type = "button";
  place.textContent = text;
  place.addEventListener("click", action);
  return place;
}

export const when = (text) => (text ? new Date(text).toLocaleString("ru") : null);
export const day = (text) => (text ? new Date(text).toLocaleDateString("ru") : null);

/** Whether the admin agrees to something, with a button that says what it does. */
export function confirmed(text, act = "Удалить") {
  element("confirm-text").textContent = text;
  element("confirm-yes").textContent = act;
  element("confirm").showModal();
  return new Promise((resolve) => {
    const close = (answer) => () => {
      element("confirm").close();
      resolve(answer);
    };
    element("confirm-no").onclick = close(false);
    element("confirm-yes").onclick = close(true);
    element("confirm").oncancel = () => resolve(false);
  });
}

export function notice(text, bad = false) {
  element("notice").textContent = text;
  element("notice").classList.toggle("bad", bad);
}

export async function guarded(work) {
  try {
    await work();
  } catch (error) {
    const away = error instanceof TypeError;
    notice(away ? "Сервер недоступен. Проверьте, что «assistant serve» работает." : error.message, true);
  }
}
