
// A point of the map shows its row; the row of a point is that of its number, however the table is sorted later.
for (const map of document.querySelectorAll(".map")) {
  const circles = [...map.querySelectorAll("figure circle")], shown = map.querySelector(".shown");
  const rows = [...document.querySelectorAll(".table tbody tr")];
  const heads = [...document.querySelectorAll(".table thead th")].map(head => head.textContent);
  let current;

  function show(place) {
    const row = rows[place], drawing = row?.querySelector(".drawing")?.cloneNode(true), list = document.createElement("dl");
    if (!row) return;
    [...row.cells].forEach((cell, column) => {
      if (cell.querySelector(".drawing") || !cell.textContent) return;
      const name = document.createElement("dt"), said = document.createElement("dd");
      name.textContent = heads[column];
      said.textContent = cell.textContent;
      list.append(name, said);
    });
    current?.classList.remove("on");
    current = circles[place];
    current.classList.add("on");
    shown.replaceChildren(...(drawing ? [drawing, list] : [list]));
  }

  circles.forEach((circle, place) => circle.addEventListener("pointerover", () => show(place)));
  rows.forEach((row, place) => row.addEventListener("pointerover", () => show(place)));
}
