// Keeps the standalone page's list, map and account on the same area, and its legend on the shading.
(function () {
  "use strict";
  const page = JSON.parse(document.getElementById("am-page").textContent);
  const area = document.getElementById("am-area");
  const shade = document.getElementById("am-shade");
  const account = document.getElementById("am-account");
  const legend = document.getElementById("am-legend");

  function show(where, id) {
    where.replaceChildren(document.getElementById(id).content.cloneNode(true));
  }

  function shaded() {
    show(legend, "legend-" + shade.value);
    assetmap.paint({ areas: page.paint[shade.value], patches: page.patches, selected: area.value });
  }

  assetmap.onselect((code) => {
    area.value = code;
    show(account, "account-" + code);
  });
  area.addEventListener("change", () => assetmap.select(area.value));
  shade.addEventListener("change", shaded);
  document.getElementById("am-table").addEventListener("click", (event) => {
    const button = event.target.closest("button[data-area]");
    if (!button) return;
    assetmap.select(button.dataset.area);
    account.focus();
  });
  shaded();
  assetmap.select(area.value);
})();
