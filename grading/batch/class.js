// SPDX-License-Identifier: MIT
// Sorts and searches the table of students.
"use strict";
(() => {
  const body = document.querySelector("#table tbody");
  const rows = [...body.rows];
  const search = document.querySelector("#search");
  const state = document.querySelector("#state");
  const shown = document.querySelector("#shown");
  const texts = rows.map((row) => row.dataset.find.toLowerCase());

  function filter() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    rows.forEach((row, index) => {
      const fits = words.every((word) => texts[index].includes(word)) &&
        (!state.value || row.cells[1].textContent === state.value);
      row.hidden = !fits;
      count += fits;
    });
    shown.textContent = `${count} of ${rows.length}`;
  }

  function sort(head, kind) {
    const column = head.cellIndex;
    const up = head.getAttribute("aria-sort") === "descending" || (
      kind === "text" && head.getAttribute("aria-sort") !== "ascending");
    const key = (row) => {
      const text = row.cells[column].textContent.trim();
      return kind === "number" ? (text === "" ? -1 : Number(text)) : text;
    };
    const keyed = rows.map((row) => [key(row), row]);
    const order = new Intl.Collator(undefined, { numeric: true }).compare;
    keyed.sort(([a], [b]) => (kind === "number" ? a - b : order(a, b)) * (up ? 1 : -1));
    for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    body.append(...keyed.map(([, row]) => row));
  }

  for (const button of document.querySelectorAll("[data-sort]")) {
    button.addEventListener("click", () => sort(button.parentNode, button.dataset.sort));
  }
  search.addEventListener("input", filter);
  state.addEventListener("change", filter);
  filter();
})();
