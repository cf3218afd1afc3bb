// Reads a JSON list of feeds on stdin and prints, as JSON, what node-ical makes of each.
import { readFileSync } from "node:fs";
import ical from "node-ical";

const two = (number) => String(number).padStart(2, "0");

// A day comes as midnight of the machine's own zone.
const moment = (time) =>
  time.dateOnly
    ? `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`
    : time.toISOString().replace(".000Z", "Z");

const told = JSON.parse(readFileSync(0, "utf8")).map((body) =>
  Object.values(ical.sync.parseICS(body))
    .filter((one) => one?.type === "VEVENT")
    .map((event) => ({
      uid: event.uid,
      start: moment(event.start),
      end: moment(event.end),
      status: event.status,
      summary: event.summary,
      description: event.description ?? null,
      location: event.location ?? null,
    })),
);

process.stdout.write(JSON.stringify(told));
