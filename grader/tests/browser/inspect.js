// Measures the page in the frame and writes complaints into `said`. WHAT is "report", a report with
// script, or "static", one whose script was taken out.
const frame = document.getElementById("page");
const said = [];
const complain = (text) => said.push(text);

const inspect = async () => {
  const page = frame.contentDocument;
  const view = frame.contentWindow;
  const width = page.documentElement.clientWidth;
  const box = (element) => element.getBoundingClientRect();
  const name = (element) => `${element.tagName.toLowerCase()}.${element.className.baseVal ?? element.className}`;

  if (page.documentElement.scrollWidth > width) {
    const wide = [...page.querySelectorAll("body *")].filter((it) => box(it).right > width + 1);
    complain(`wider than the frame: ${wide.slice(0, 3).map(name).join(", ")}`);
  }

  const steps = [...page.querySelectorAll(".step")];
  steps.forEach((step, index) => {
    const drawn = box(step);
    const text = box(step.querySelector(".text"));
    if (drawn.height < 12 || text.width < 40 || text.right > width + 1) {
      complain(`step ${index} is not visible: ${JSON.stringify(text)}`);
    }
    const lanes = box(step.querySelector(".lanes"));
    const dot = box(step.querySelector("circle"));
    if (drawn.height >= 12 && (dot.left < lanes.left || dot.right > lanes.right || dot.width < 6)) {
      complain(`the dot of step ${index} is outside its lanes`);
    }
    if (Math.abs(box(step.querySelector("svg")).height - drawn.height) > 1) {
      complain(`the lanes of step ${index} are not as high as its text`);
    }
  });

  for (const link of page.querySelectorAll("a[href^='#']")) {
    const target = page.getElementById(decodeURIComponent(link.getAttribute("href").slice(1)));
    if (!target) {
      complain(`the link ${link.getAttribute("href")} leads nowhere`);
      continue;
    }
    target.scrollIntoView({ block: "nearest" });
    const place = box(target);
    const visible = place.height > 0 && place.bottom > 0 && place.top < view.innerHeight;
    if (!visible) complain(`the target of ${link.getAttribute("href")} is not visible`);
  }

  // Text must stand out from what is behind it.
  const channels = (color) => color.match(/[\d.]+/g).slice(0, 3).map(Number);
  const light = (color) => {
    const [r, g, b] = channels(color).map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let it = element; it; it = it.parentElement) {
      const color = view.getComputedStyle(it).backgroundColor;
      if (/^rgb\(/.test(color)) return color;
    }
    return "rgb(255, 255, 255)";
  };
  for (const element of page.querySelectorAll("p, h1, h2, h3, .text, code, td, th, .faint, .label")) {
    const [a, b] = [light(view.getComputedStyle(element).color), light(behind(element))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (element.textContent.trim() && contrast < 4.5) {
      complain(`${name(element)} has a contrast of ${contrast.toFixed(1)}`);
      break;
    }
  }

  if (WHAT === "report" && steps.length > 0) {
    const failure = page.querySelector(".failure");
    failure.focus();
    if (page.activeElement !== failure) complain("a failure cannot have the focus");
    const press = () => failure.dispatchEvent(
      new view.KeyboardEvent("keydown", { key: "ArrowDown", bubbles: true, cancelable: true }));
    let lines = 0;
    const own = [...failure.querySelectorAll(".step")];
    for (const step of own) {
      press();
      if (!step.classList.contains("now") || step.getAttribute("aria-current") !== "step") {
        complain("the arrow key does not go to the next step");
        break;
      }
      const line = page.querySelector(".lines .now");
      if (step.dataset.line && !line) complain(`the source does not follow to line ${step.dataset.line}`);
      if (line) {
        lines += 1;
        const place = box(line);
        if (view.innerWidth >= 1024 && (place.bottom < 0 || place.top > view.innerHeight)) {
          complain(`line ${step.dataset.line} is not scrolled into view`);
        }
      }
    }
    if (lines === 0) complain("no step has a line of the answer");
  }

  if (WHAT === "static" && steps.some((step) => box(step).height < 12)) complain("steps need script");
  return `seen: ${steps.length} steps, ${page.querySelectorAll("a").length} links`;
};

const done = (text) => {
  document.getElementById("said").textContent = text;
};
frame.addEventListener("load", () => {
  inspect().then(
    (seen) => done(said.length ? said.join("\n") : seen),
    (error) => done(`the inspection failed: ${error.stack}`),
  );
});
