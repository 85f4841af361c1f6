(() => {
  "use strict";
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const one = (selector) => document.querySelector(selector);
  const body = document.body;
  const duration = Number(body.dataset.duration) || 1;
  const audio = one("audio");
  const line = one("#line");
  const scroller = one(".scroller");
  const head = one("#head");
  const band = one("#window");
  const turns = one(".turns");
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let now = 0; // milliseconds; without a recording the page keeps its own time
  let picked = null;
  let clicked = null; // by mouse: space then plays and pauses instead of pressing that button again
  let handsOff = 0; // until then the reader scrolls, not we

  const clock = (ms) => {
    const tenths = Math.round(ms / 100);
    const part = (n) => String(n).padStart(2, "0");
    if (body.dataset.clock !== "1") return `${Math.floor(tenths / 10)}.${tenths % 10}`;
    const [h, m, s] = [Math.floor(tenths / 36000), Math.floor(tenths / 600) % 60, tenths % 600];
    return `${h ? `${h}:${part(m)}` : m}:${part(Math.floor(s / 10))}.${s % 10}`;
  };

  // Words and turns by start; talk-over makes neighbours overlap, so a few earlier ones are looked at too.
  const index = (elements, from, to) => {
    const items = elements.map((el) => ({ el, start: Number(el.dataset[from]), end: Number(el.dataset[to]) }));
    return items.sort((a, b) => a.start - b.start);
  };
  const words = index(all(".w, .unheard"), "s", "e");
  const blocks = index(all(".turn"), "start", "end");
  const at = (items, ms, back) => {
    let low = 0, high = items.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (items[middle].start <= ms) low = middle + 1; else high = middle;
    }
    return items.slice(Math.max(0, low - back), low).filter((item) => item.end > ms).map((item) => item.el);
  };
  const light = (old, fresh) => {
    old.forEach((el) => fresh.includes(el) || el.classList.remove("now"));
    fresh.forEach((el) => el.classList.add("now"));
    return fresh;
  };
  let lightWords = [], lightTurns = [];

  const reveal = (el) => {
    if (!el || Date.now() < handsOff || turns.scrollHeight <= turns.clientHeight) return;
    const top = el.offsetTop, bottom = top + el.offsetHeight;
    if (top >= turns.scrollTop && bottom <= turns.scrollTop + turns.clientHeight) return;
    turns.scrollTo({ top: top - turns.clientHeight / 3, behavior: calm.matches ? "auto" : "smooth" });
  };
  const follow = () => {
    const x = (now / duration) * line.clientWidth;
    if (x < scroller.scrollLeft || x > scroller.scrollLeft + scroller.clientWidth - 40) {
      scroller.scrollLeft = Math.max(0, x - scroller.clientWidth * 0.2);
    }
  };
  const show = (ms) => {
    now = Math.min(Math.max(ms, 0), duration);
    const x = `${(100 * now) / duration}%`;
    head.setAttribute("x1", x);
    head.setAttribute("x2", x);
    one("#now").textContent = clock(now);
    lightWords = light(lightWords, at(words, now, 30));
    const fresh = at(blocks, now, 12);
    if (fresh.length && fresh[0] !== lightTurns[0]) reveal(fresh[0]);
    lightTurns = light(lightTurns, fresh);
  };
  const seek = (ms, play) => {
    show(ms);
    follow();
    if (!audio) return;
    audio.currentTime = now / 1000;
    if (play) audio.play().catch(() => {});
  };
  const frame = () => {
    show(audio.currentTime * 1000);
    follow();
    if (!audio.paused) requestAnimationFrame(frame);
  };

  const outline = (el) => {
    band.setAttribute("visibility", el ? "visible" : "hidden");
    if (!el) return;
    const start = Number(el.dataset.start), end = Number(el.dataset.end);
    band.setAttribute("x", `${(100 * start) / duration}%`);
    band.setAttribute("width", `${(100 * Math.max(end - start, 0)) / duration}%`);
  };
  const pick = (el) => {
    if (picked) picked.classList.remove("on");
    picked = el;
    el.classList.add("on");
    outline(el);
  };

  const skip = (ms) => seek(now + ms, false);
  const toggle = () => {
    if (!audio) return;
    if (audio.paused) audio.play().catch(() => {}); else audio.pause();
  };
  const zoom = (factor) => {
    const most = Math.max(4, Number(line.dataset.max));
    const level = Math.min(Math.max(Number(line.dataset.zoom) * factor, 1), most);
    line.dataset.zoom = level;
    line.style.width = `${level * 100}%`;
    scroller.scrollLeft = (now / duration) * line.clientWidth - scroller.clientWidth / 2;
  };
  const acts = { play: toggle, back: () => skip(-5000), forward: () => skip(5000), in: () => zoom(2), out: () => zoom(0.5) };

  document.addEventListener("click", (event) => {
    clicked = event.detail > 0 ? event.target.closest("button, a") : null;
    const act = event.target.closest("button[data-act]");
    if (act) return acts[act.dataset.act]();
    const filter = event.target.closest("[data-filter]");
    if (filter) {
      one("#scorecard").dataset.show = filter.dataset.filter;
      return all("[data-filter]").forEach((b) => b.setAttribute("aria-pressed", String(b === filter)));
    }
    const target = event.target.closest("[data-seek]");
    if (target) {
      handsOff = 0;
      if (target.matches(".ev")) pick(target);
      return seek(Number(target.dataset.seek), true);
    }
    const word = event.target.closest(".w, .unheard") || event.target.closest(".turn");
    if (word && getSelection().isCollapsed) return seek(Number(word.dataset.s || word.dataset.start), true);
    if (event.target.closest("#line")) {
      const box = line.getBoundingClientRect();
      handsOff = 0;
      seek(((event.clientX - box.left) / box.width) * duration, false);
    }
  });
  all(".ev").forEach((el) => {
    el.addEventListener("mouseenter", () => outline(el));
    el.addEventListener("mouseleave", () => outline(picked));
    el.addEventListener("focus", () => outline(el));
    el.addEventListener("blur", () => outline(picked));
  });
  ["wheel", "touchmove", "pointerdown"].forEach((name) =>
    turns.addEventListener(name, () => { handsOff = Date.now() + 4000; }, { passive: true }));

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, select, textarea")) return;
    if (event.key === " " && event.target.matches("button, a") && event.target !== clicked) return;
    const act = { " ": toggle, ArrowLeft: acts.back, ArrowRight: acts.forward }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });

  if (audio) {
    const button = one("[data-act=play]");
    const state = () => {
      body.classList.toggle("playing", !audio.paused);
      button.setAttribute("aria-label", audio.paused ? button.dataset.play : button.dataset.pause);
    };
    audio.addEventListener("play", () => { state(); requestAnimationFrame(frame); });
    audio.addEventListener("pause", state);
    audio.addEventListener("seeked", () => show(audio.currentTime * 1000));
    one("[data-act=speed]").addEventListener("change", (event) => { audio.playbackRate = Number(event.target.value); });
  }
  const deck = one(".deck");
  const measure = () => document.documentElement.style.setProperty("--deck", `${deck.offsetHeight}px`);
  new ResizeObserver(measure).observe(deck);
  measure();

  // A report links the second that matters: call.html#t=83.4
  const fromLink = () => {
    const second = /^#t=(\d+(?:\.\d+)?)$/.exec(location.hash);
    if (second) seek(Number(second[1]) * 1000, false);
  };
  addEventListener("hashchange", fromLink);
  fromLink();
})();
