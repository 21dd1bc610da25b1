// A table whose buttons choose an area: by mouse, finger or keyboard. Streamlit calls this anew whenever the table or the choice changes.
export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const box = parentElement.querySelector(".am-picks");
  const buttons = () => [...box.querySelectorAll("button[data-code]")];
  const mark = (code) => {
    for (const each of buttons()) {
      if (each.dataset.code === code) each.setAttribute("aria-current", "true");
      else each.removeAttribute("aria-current");
    }
  };
  if (box.shown !== data.html) {
    // Written only where it differs, so that the focus stays on the button that was pressed.
    const held = box.contains(document.activeElement) && document.activeElement.dataset.code;
    box.innerHTML = data.html;
    box.shown = data.html;
    const again = held && buttons().find((each) => each.dataset.code === held);
    if (again) again.focus({ preventScroll: true });
  }
  mark(data.chosen);
  box.onclick = (event) => {
    const row = event.target.closest("tbody tr");
    const button = row && row.querySelector("button[data-code]");
    if (!button || String(window.getSelection())) return;
    mark(button.dataset.code);
    setTriggerValue("chosen", button.dataset.code);
  };
}
