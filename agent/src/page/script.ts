/** Puts what is new in the place of what is old; without it the page is as good as when it was loaded. */
export const script = `
const everyMs = 10_000;
async function renew() {
  try {
    const answer = await fetch(location.href, { headers: { accept: "text/html" } });
    if (answer.ok) {
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      document.querySelector("main").replaceWith(fresh.querySelector("main"));
      document.querySelector("#as-of").replaceWith(fresh.querySelector("#as-of"));
      document.body.classList.remove("stale");
    }
  } catch { document.body.classList.add("stale"); }
  setTimeout(renew, everyMs);
}
setTimeout(renew, everyMs);
`;
