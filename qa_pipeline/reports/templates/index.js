(() => {
  "use strict";
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const tbody = document.querySelector("tbody");
  if (!tbody) return;
  const rows = all("tr", tbody);
  const field = document.querySelector("#filter");
  const shown = document.querySelector("#shown");
  const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));
  let group = "all";

  const inGroup = (row) =>
    group === "all" || row.dataset.group === group || (group === "review" && row.dataset.pending !== "0");
  const filter = () => {
    const wanted = field.value.trim().toLowerCase().split(/\s+/);
    let count = 0;
    rows.forEach((row) => {
      row.hidden = !inGroup(row) || !wanted.every((word) => texts.get(row).includes(word));
      if (!row.hidden) count += 1;
    });
    shown.textContent = count === rows.length ? "" : shown.dataset.text.replace("#", count);
  };
  field.addEventListener("input", filter);
  all("[data-group]:is(button)").forEach((button) => button.addEventListener("click", () => {
    group = button.dataset.group;
    all("button[data-group]").forEach((b) => b.setAttribute("aria-pressed", String(b === button)));
    filter();
  }));

  // Empty cells go last in either direction: what has no score is neither the best nor the worst.
  const sort = (heading, button) => {
    const column = heading.cellIndex;
    const up = heading.getAttribute("aria-sort") !== "ascending";
    const value = (row) => row.cells[column].dataset.v;
    const compare = button.dataset.sort === "number"
      ? (a, b) => Number(a) - Number(b)
      : (a, b) => a.localeCompare(b, document.documentElement.lang, { numeric: true });
    const order = [...rows].sort((a, b) => {
      const [x, y] = [value(a), value(b)];
      if (x === "" || y === "") return (x === "") - (y === "");
      return up ? compare(x, y) : compare(y, x);
    });
    all("thead th").forEach((th) => th.setAttribute("aria-sort", "none"));
    heading.setAttribute("aria-sort", up ? "ascending" : "descending");
    tbody.append(...order);
  };
  all("thead button").forEach((button) => button.addEventListener("click", () => sort(button.closest("th"), button)));
})();
