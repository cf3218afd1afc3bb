/* Reads one or more VCALENDARs on stdin and prints, as JSON, what libical makes of their events. */
#include <libical/ical.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *all_of_stdin(void) {
    size_t size = 1 << 16, used = 0, got;
    char *text = malloc(size);
    while (text && (got = fread(text + used, 1, size - used - 1, stdin)) > 0) {
        used += got;
        if (used + 1 == size) {
            text = realloc(text, size *= 2);
        }
    }
    if (text) {
        text[used] = '\0';
    }
    return text;
}

static void say(const char *name, const char *text) {
    printf(",\"%s\":", name);
    if (!text) {
        printf("null");
        return;
    }
    putchar('"');
    for (const unsigned char *at = (const unsigned char *)text; *at; at++) {
        if (*at == '"' || *at == '\\') {
            printf("\\%c", *at);
        } else if (*at < 0x20) {
            printf("\\u%04x", *at);
        } else {
            putchar(*at);
        }
    }
    putchar('"');
}

static void moment(const char *name, struct icaltimetype time) {
    char text[64];
    if (time.is_date) {
        snprintf(text, sizeof text, "%04d-%02d-%02d", time.year, time.month, time.day);
    } else if (!icaltime_is_utc(time) && !icaltime_get_timezone(time)) {
        snprintf(text, sizeof text, "floating");
    } else {
        time = icaltime_convert_to_zone(time, icaltimezone_get_utc_timezone());
        snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02dZ", time.year, time.month,
                 time.day, time.hour, time.minute, time.second);
    }
    say(name, text);
}

static const char *text_of(icalcomponent *event, icalproperty_kind kind) {
    icalproperty *property = icalcomponent_get_first_property(event, kind);
    icalvalue *value = property ? icalproperty_get_value(property) : NULL;
    return value ? icalvalue_get_text(value) : NULL;
}

static void tell(icalcomponent *event, int calendar) {
    icalproperty *status = icalcomponent_get_first_property(event, ICAL_STATUS_PROPERTY);
    printf("{\"calendar\":%d", calendar);
    say("uid", icalcomponent_get_uid(event));
    moment("start", icalcomponent_get_dtstart(event));
    moment("end", icalcomponent_get_dtend(event));
    say("status", status ? icalproperty_get_value_as_string(status) : NULL);
    say("summary", text_of(event, ICAL_SUMMARY_PROPERTY));
    say("description", text_of(event, ICAL_DESCRIPTION_PROPERTY));
    say("location", text_of(event, ICAL_LOCATION_PROPERTY));
    printf("}");
}

/* An empty text is legal (3.3.11); libical leaves its property out and goes on. */
static int only_empty(const char *text) {
    static const char *const names[] = {"SUMMARY", "DESCRIPTION", "LOCATION"};
    const char *said = "No value for ";
    for (size_t at = 0; text && at < sizeof names / sizeof *names; at++) {
        if (!strncmp(text, said, strlen(said)) &&
            !strncmp(text + strlen(said), names[at], strlen(names[at]))) {
            return 1;
        }
    }
    return 0;
}

static int complaints(icalcomponent *part) {
    int count = 0;
    icalproperty *one = icalcomponent_get_first_property(part, ICAL_XLICERROR_PROPERTY);
    for (; one; one = icalcomponent_get_next_property(part, ICAL_XLICERROR_PROPERTY)) {
        count += !only_empty(icalproperty_get_xlicerror(one));
    }
    icalcomponent *inner = icalcomponent_get_first_component(part, ICAL_ANY_COMPONENT);
    for (; inner; inner = icalcomponent_get_next_component(part, ICAL_ANY_COMPONENT)) {
        count += complaints(inner);
    }
    return count;
}

int main(void) {
    char *text = all_of_stdin();
    icalcomponent *root = text ? icalparser_parse_string(text) : NULL;
    if (!root) {
        fprintf(stderr, "libical reads nothing in this\n");
        return 1;
    }
    int several = icalcomponent_isa(root) == ICAL_XROOT_COMPONENT, calendar = 0, told = 0;
    icalcomponent *one =
        several ? icalcomponent_get_first_component(root, ICAL_VCALENDAR_COMPONENT) : root;
    printf("[");
    for (; one; calendar++) {
        icalrestriction_check(one); /* adds its complaints as X-LIC-ERROR */
        if (icalcomponent_isa(one) != ICAL_VCALENDAR_COMPONENT || complaints(one)) {
            fprintf(stderr, "%s\n", icalcomponent_as_ical_string(one));
            return 2;
        }
        icalcomponent *event = icalcomponent_get_first_component(one, ICAL_VEVENT_COMPONENT);
        for (; event; event = icalcomponent_get_next_component(one, ICAL_VEVENT_COMPONENT)) {
            printf(told++ ? ",\n" : "");
            tell(event, calendar);
        }
        one = several ? icalcomponent_get_next_component(root, ICAL_VCALENDAR_COMPONENT) : NULL;
    }
    printf("]\n");
    return 0;
}
