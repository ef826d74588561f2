const MONTHLY_DAY = /^([1-9]|[12]\d|3[01])$/;
const MINUTE_OR_HOUR = /^\d{1,2}$/;

const DAYS = [
  'Sunday',
  'Monday',
  'Tuesday',
  'Wednesday',
  'Thursday',
  'Friday',
  'Saturday',
];

function two(digits: string): string {
  return digits.padStart(2, '0');
}

/** A cron as one says it, as far as one would; the rest stays a cron. */
export function cronInWords(cron: string, timeZone: string): string {
  const [minute, hour, day, month, weekday] = cron.trim().split(/\s+/);
  const asCron = `at '${cron}' ${timeZone}`;
  if (!MINUTE_OR_HOUR.test(minute) || month !== '*') {
    return asCron;
  }
  if (hour === '*') {
    return day === '*' && weekday === '*'
      ? `every hour at minute ${two(minute)}`
      : asCron;
  }
  if (!MINUTE_OR_HOUR.test(hour)) {
    return asCron;
  }
  const time = `${two(hour)}:${two(minute)} ${timeZone}`;
  if (day === '*' && weekday === '*') {
    return `daily at ${time}`;
  }
  if (day === '*' && /^[0-7]$/.test(weekday)) {
    return `every ${DAYS[Number(weekday) % 7]} at ${time}`;
  }
  return MONTHLY_DAY.test(day) && weekday === '*'
    ? `on day ${day} of each month at ${time}`
    : asCron;
}
