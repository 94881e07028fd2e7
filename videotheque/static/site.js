// An enhancement only: without it, every time is a link that opens the clip's page at that moment.
// Here it plays in place, the sentence being said is shown, and one video speaks at a time.

/** Go to a moment, even in a video of which nothing is loaded yet, and play. */
function playAt(video, seconds) {
  const seek = () => { video.currentTime = seconds; };
  if (video.readyState === HTMLMediaElement.HAVE_NOTHING) {
    video.addEventListener("loadedmetadata", seek, { once: true });
  } else {
    seek();
  }
  // A browser may refuse to play (the player is then ready at the moment); that is its right.
  video.play().catch(() => {});
  video.scrollIntoView({ block: "nearest" });
}

document.addEventListener("click", (event) => {
  if (event.defaultPrevented || event.button !== 0) return;
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const link = event.target.closest("a[data-at]");
  const video = link?.closest("[data-clip]")?.querySelector("video");
  if (!video) return;
  event.preventDefault();
  playAt(video, Number(link.dataset.at));
});

/** Show which sentence is being said. */
function follow(video) {
  const now = video.currentTime;
  for (const sentence of video.closest("[data-clip]").querySelectorAll("[data-start]")) {
    const said = Number(sentence.dataset.start) <= now && now < Number(sentence.dataset.end);
    sentence.classList.toggle("said-now", said && !video.ended);
  }
}

const videos = document.querySelectorAll("[data-clip] video");
for (const video of videos) {
  video.addEventListener("timeupdate", () => follow(video));
  video.addEventListener("play", () => {
    for (const other of videos) if (other !== video) other.pause();
  });
}

// Suggestions while typing: a list that the browser shows itself. Nothing is sent before a pause in typing.
const field = document.querySelector("#q");
const list = document.querySelector("#suggestions");
const PAUSE_MS = 150;
let waiting;
let asked;

async function suggest() {
  const typed = field.value.trim();
  asked?.abort();
  if (typed.length < 2) return list.replaceChildren();
  asked = new AbortController();
  try {
    const answer = await fetch(`/api/v1/suggestions?q=${encodeURIComponent(typed)}`, { signal: asked.signal });
    if (!answer.ok) return;
    const { items } = await answer.json();
    list.replaceChildren(...items.map((item) => Object.assign(document.createElement("option"), { value: item.text })));
  } catch {
    // A lost connection, or a newer question: the field works without suggestions.
  }
}

field?.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(suggest, PAUSE_MS);
});
