/**
 * The script of a page: shows what is new that often, while the page is looked at; without it the page is as good as when
 * it was loaded. Only what is other than before is put in its place, so that whoever has scrolled a table or stands in it
 * stays there.
 */
export const renewingScript = (everyMs: number): string => `
const everyMs = ${everyMs};
const silent = document.getElementById("silent");
function put(old, now) {
  if (old.isEqualNode(now)) return;
  const isSame = old.childNodes.length > 0 && old.childNodes.length === now.childNodes.length
    && old.cloneNode(false).isEqualNode(now.cloneNode(false));
  if (!isSame) return old.replaceWith(now);
  const parts = [...now.childNodes];
  [...old.childNodes].forEach((part, at) => put(part, parts[at]));
}
async function renew() {
  try {
    const answer = document.hidden ? undefined : await fetch(location.href);
    if (answer?.ok) {
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const name of ["main", "#as-of"]) put(document.querySelector(name), fresh.querySelector(name));
      document.title = fresh.title;
    }
    silent.hidden = answer?.ok ?? silent.hidden;
  } catch { silent.hidden = false; }
  setTimeout(renew, everyMs);
}
setTimeout(renew, everyMs);
`;
