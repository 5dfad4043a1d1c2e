"use strict";
// Every table keeps all of its rows; `order` is how they stand, `matching` which of them the filters let through.
const collator = new Intl.Collator("en", {numeric: true});

function live(box) {
  const body = box.querySelector("tbody"), rows = [...body.rows], heads = [...box.querySelectorAll("thead th")];
  const search = box.querySelector(".any"), said = box.querySelector("output"), more = box.querySelector(".more");
  const fields = [...box.querySelectorAll("[data-column]")], step = Number(box.dataset.step);
  const keys = [], texts = [];
  let order = rows.map((_, place) => place), matching = rows.map(() => true), limit = step;

  const value = (row, place) => rows[row].cells[place].dataset.value ?? rows[row].cells[place].textContent;
  const column = place => keys[place] ??= rows.map((_, row) => value(row, place));
  const text = row => texts[row] ??= [...rows[row].cells].map(cell => cell.textContent).join("\n").toLowerCase();

  function show() {
    let found = 0;
    for (const row of order) {
      rows[row].hidden = !matching[row];
      rows[row].className = matching[row] && found >= limit ? "later" : "";
      found += matching[row];
    }
    const all = rows.length.toLocaleString("en"), some = found.toLocaleString("en");
    if (said) said.textContent = found < rows.length ? `${some} of ${all} rows` : `${all} rows`;
    if (more) more.hidden = found <= limit;
  }

  function sort(head) {
    const down = head.getAttribute("aria-sort") === "ascending", cells = column(heads.indexOf(head));
    heads.forEach(other => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const numbers = head.classList.contains("number");
    const key = numbers ? cells.map(Number) : cells;
    const compare = numbers ? (a, b) => key[a] - key[b] : (a, b) => collator.compare(key[a], key[b]);
    order = order.slice().sort((a, b) => {
      if (cells[a] === "" || cells[b] === "") return (cells[a] === "") - (cells[b] === "");
      return (down ? -1 : 1) * compare(a, b);
    });
    const sorted = document.createDocumentFragment();
    sorted.append(...order.map(row => rows[row]));
    show();
    body.append(sorted);
  }

  function passes(field) {
    if (field.value === "") return null;
    const cells = column(Number(field.dataset.column)), end = field.dataset.end;
    if (!end) return row => "=" + cells[row] === field.value;
    const limit = Number(field.value);
    return row => cells[row] !== "" && (end === "from" ? cells[row] >= limit : cells[row] <= limit);
  }

  function filter() {
    const words = (search?.value ?? "").toLowerCase().split(/\s+/).filter(Boolean);
    const tests = fields.map(passes).filter(Boolean);
    matching = rows.map((_, row) =>
      tests.every(test => test(row)) && (!words.length || words.every(word => text(row).includes(word))));
    limit = step;
    show();
  }

  heads.forEach(head => head.querySelector("button")?.addEventListener("click", () => sort(head)));
  [search, ...fields].forEach(field => field?.addEventListener("input", filter));
  box.querySelector(".clear")?.addEventListener("click", () => {
    [search, ...fields].forEach(field => { field.value = ""; });
    filter();
  });
  more?.addEventListener("click", event => {
    const by = event.target.dataset?.more;
    if (by) limit = by === "all" ? rows.length : limit + Number(by);
    show();
  });
}

document.querySelectorAll(".table").forEach(live);
