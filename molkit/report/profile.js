// The one profile of a page of many molecules: it shows the row whose number in the table was clicked last.
function browse(article) {
  const stored = article.parentElement.querySelector(".stored"), lines = [...article.querySelectorAll("[data-endpoint]")];
  let known, current = document.querySelector("a[data-row]")?.closest("tr");

  function cell(row, name) {
    const heads = [...row.closest("table").tHead.rows[0].cells];
    const found = row.cells[heads.findLastIndex(head => head.textContent === name)];
    return found ? found.title || found.textContent : "";
  }

  function fillLine(line, [mark, place, start, width, value, ...others]) {
    const spot = line.querySelector(".spot"), bar = line.querySelector(".interval"), cells = [...line.cells].slice(2);
    spot?.setAttribute("href", "#" + known.texts[mark]);
    spot?.setAttribute("x", place);
    bar?.setAttribute("x", start);
    bar?.setAttribute("width", width);
    cells[0].className = {"spot-welcome": "good", "spot-unwelcome": "bad"}[known.texts[mark]] ?? "";
    [value, ...others].forEach((text, column) => { cells[column].textContent = known.texts[text]; });
  }

  function fill(row) {
    known ??= JSON.parse(stored.textContent);
    const [title, numbers] = known.rows[Number(row.querySelector("a[data-row]").dataset.row)];
    article.querySelector("h3").textContent = known.texts[title];
    const drawn = row.querySelector(".drawing")?.cloneNode(true).childNodes ?? [];
    article.querySelector(".drawing").replaceChildren(...drawn);
    article.querySelectorAll("dd").forEach(fact => { fact.textContent = cell(row, fact.dataset.column); });
    lines.forEach((line, place) => fillLine(line, numbers[place]));
    current = row;
  }

  function beside(step) {
    const next = row => step > 0 ? row.nextElementSibling : row.previousElementSibling;
    let row = next(current);
    while (row?.hidden) row = next(row);
    return row;
  }

  document.addEventListener("click", event => {
    const link = event.target.closest("a[data-row]"), go = event.target.closest("[data-go]");
    if (link) fill(link.closest("tr"));
    if (go?.dataset.go === "0") current.scrollIntoView({block: "center"});
    else if (go && beside(Number(go.dataset.go))) fill(beside(Number(go.dataset.go)));
  });
  article.querySelector(".go").hidden = false;
}

document.querySelectorAll("#profile").forEach(browse);
