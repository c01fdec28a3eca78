// Plots that can be read off: by pointing at them, or with the arrow keys.

export function readable(plot) {
  const points = [...plot.querySelectorAll("circle")].filter((point) => point.querySelector("title"));
  if (!points.length) return;
  const told = plot.querySelector("output");
  let chosen = -1;

  function choose(number) {
    points[chosen]?.classList.remove("chosen");
    chosen = number;
    points[chosen].classList.add("chosen");
    told.textContent = points[chosen].querySelector("title").textContent;
  }

  plot.addEventListener("pointermove", (event) => {
    let nearest = -1;
    let least = Infinity;
    points.forEach((point, number) => {
      const box = point.getBoundingClientRect();
      const distance = Math.hypot(box.x + box.width / 2 - event.clientX, box.y + box.height / 2 - event.clientY);
      if (distance < least) [nearest, least] = [number, distance];
    });
    if (nearest >= 0 && nearest !== chosen) choose(nearest);
  });
  plot.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!way) return;
    event.preventDefault();
    choose((chosen + way + points.length) % points.length);
  });
}
