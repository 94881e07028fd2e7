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
