// Reads one or more VCALENDARs on stdin and prints, as JSON, what ical.js makes of their events.
import { readFileSync } from "node:fs";
import ICAL from "ical.js";

const calendars = ICAL.parse(readFileSync(0, "utf8"));
const several = Array.isArray(calendars[0]) ? calendars : [calendars];

const moment = (time) =>
  time.isDate ? time.toString() : time.toJSDate().toISOString().replace(".000Z", "Z");

const events = several.flatMap((jcal, calendar) => {
  const root = new ICAL.Component(jcal);
  return root.getAllSubcomponents("vevent").map((component) => {
    const event = new ICAL.Event(component);
    return {
      calendar,
      calendar_name: root.getFirstPropertyValue("name"),
      uid: event.uid,
      start: moment(event.startDate),
      end: moment(event.endDate),
      status: component.getFirstPropertyValue("status"),
      sequence: event.sequence,
      summary: event.summary,
      description: event.description,
      location: event.location,
      categories: component.getFirstProperty("categories")?.getValues() ?? [],
      alarms: component.getAllSubcomponents("valarm").length,
    };
  });
});

process.stdout.write(JSON.stringify(events));
