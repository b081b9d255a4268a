// Goes through the steps of a failure with the arrow keys or by a click; the source follows.
document.querySelectorAll(".failure").forEach((failure) => {
  const steps = [...failure.querySelectorAll(".step")];
  const section = failure.closest(".exercise");
  let at = -1;
  const show = (index) => {
    if (index < 0 || index >= steps.length) return;
    section.querySelectorAll(".now").forEach((it) => it.classList.remove("now"));
    steps[at]?.removeAttribute("aria-current");
    at = index;
    const step = steps[at];
    step.classList.add("now");
    step.setAttribute("aria-current", "step");
    const line = step.dataset.line && document.getElementById(`${section.id}-line-${step.dataset.line}`);
    if (line) {
      line.classList.add("now");
      line.scrollIntoView({ block: "nearest" });
    }
    step.scrollIntoView({ block: "nearest" });
  };
  failure.addEventListener("keydown", (event) => {
    const by = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    show(at + by);
  });
  steps.forEach((step, index) => step.addEventListener("click", () => show(index)));
});
