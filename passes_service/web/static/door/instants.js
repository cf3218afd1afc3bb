// Instants in words and days in time zones, as the service says them (core/rules/phrases.py).

const LOCALES = ["en-GB", "en-US", "en-AU", "en-CA", "en-IN", "en-NZ", "en-ZA"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const formats = new Map();

function parts(seconds, zone) {
  if (!formats.has(zone)) {
    const options = {
      ...{ year: "numeric", month: "long", day: "numeric", timeZone: zone },
      ...{ hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" },
    };
    formats.set(zone, new Intl.DateTimeFormat("en-GB", options));
  }
  const found = formats.get(zone).formatToParts(new Date(seconds * 1000));
  return Object.fromEntries(found.map(({ type, value }) => [type, value]));
}

/** Returns the local day, "2027-03-12". */
export function localDay(seconds, zone) {
  const { year, month, day } = parts(seconds, zone);
  const number = MONTHS.findIndex((name) => month.startsWith(name)) + 1;
  return `${year.padStart(4, "0")}-${String(number).padStart(2, "0")}-${day.padStart(2, "0")}`;
}

/** Returns the time of day, "20:03". */
export function timeOfDay(seconds, zone) {
  const { hour, minute } = parts(seconds, zone);
  return `${hour}:${minute}`;
}

/** Returns "20:03", with the day where it is not that of `now`. */
export function whenWords(seconds, zone, now) {
  const time = timeOfDay(seconds, zone);
  if (localDay(seconds, zone) === localDay(now, zone)) return time;
  const { day, month } = parts(seconds, zone);
  return `${time} on ${day} ${month}`;
}

/** Returns "12 March 2027, 18:00 CET"; seconds only where there are some. */
export function instantWords(seconds, zone) {
  const { day, month, year, hour, minute, second } = parts(seconds, zone);
  const clock = second === "00" ? `${hour}:${minute}` : `${hour}:${minute}:${second}`;
  return `${day} ${month} ${year}, ${clock} ${zoneName(seconds, zone)}`;
}

/** Returns "CET"; where no English locale has a name, the distance from UTC: "UTC+03". */
function zoneName(seconds, zone) {
  const moment = new Date(seconds * 1000);
  let name = "UTC";
  for (const locale of LOCALES) {
    const format = new Intl.DateTimeFormat(locale, { timeZone: zone, timeZoneName: "short" });
    name = format.formatToParts(moment).find(({ type }) => type === "timeZoneName")?.value ?? "UTC";
    if (!/^(GMT|UTC)[+\-−]/.test(name)) return name;
  }
  const [, sign, hours, minutes = ""] = /^\w+([+\-−])(\d+)(:\d+)?/.exec(name);
  return `UTC${sign === "+" ? "+" : "-"}${hours.padStart(2, "0")}${minutes.replace(":", "")}`;
}
