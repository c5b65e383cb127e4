/** A moment as it stands in answers for programs and in the log. */
const UTC = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g;

/**
 * Puts the moments of a text as the clocks on a site's wall show them: in its zone, to the second, as both languages write
 * it. Only for texts of our own: what a record holds is never changed.
 */
export function siteTime(timeZone: string): (text: string) => string {
  const format = new Intl.DateTimeFormat("sv-SE", {
    timeZone,
    dateStyle: "short",
    timeStyle: "medium",
  });
  return (text) =>
    text.replace(UTC, (utc) => {
      const at = Date.parse(utc);
      return Number.isNaN(at) ? utc : format.format(at);
    });
}
