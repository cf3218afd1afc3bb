// The QR picture of a bound code (docs/door-codes.md), drawn on the phone because it has to work
// without a network. Only what such a code needs of ISO/IEC 18004: version 6, level M, one
// alphanumeric segment.

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
const SIZE = 41;
const BLOCKS = 4;
const DATA_PER_BLOCK = 27;
const CHECKS_PER_BLOCK = 16;
const MOST_CHARACTERS = 154;
const ALIGNMENT = 34;
// Level M (00) with mask 0, its ten check bits, under the fixed pattern of the standard. One mask is
// as good as another: most of the code is a signature, which looks like chance.
const FORMAT = 0b101010000010010;
const QUIET_ZONE = 4;

const EXP = [];
const LOG = [];
for (let power = 0, value = 1; power < 255; power += 1) {
  EXP[power] = value;
  LOG[value] = power;
  value = value < 128 ? value * 2 : (value * 2) ^ 0x11d;
}

/** Returns the modules as rows of true for dark; throws RangeError for what does not fit. */
export function qrModules(text) {
  const taken = Array.from({ length: SIZE }, () => Array(SIZE).fill(false));
  const dark = Array.from({ length: SIZE }, () => Array(SIZE).fill(false));
  const set = (row, column, value) => {
    dark[row][column] = value;
    taken[row][column] = true;
  };
  drawPatterns(set);
  drawFormat(set);
  drawData(interleaved(dataOf(text)), dark, taken);
  return dark;
}

/** Draws the code into `host`, replacing what is there. */
export function drawQr(host, text, label) {
  const side = SIZE + 2 * QUIET_ZONE;
  const runs = qrModules(text).flatMap((row, y) =>
    row.flatMap((value, x) => (value ? [`M${x + QUIET_ZONE} ${y + QUIET_ZONE}h1v1h-1z`] : [])),
  );
  const make = (name, values) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(values)) element.setAttribute(key, value);
    return element;
  };
  const picture = make("svg", { viewBox: `0 0 ${side} ${side}`, role: "img", "aria-label": label, "shape-rendering": "crispEdges" });
  picture.append(make("path", { fill: "#fff", d: `M0 0h${side}v${side}H0z` }), make("path", { fill: "#000", d: runs.join("") }));
  host.replaceChildren(picture);
}

function dataOf(text) {
  const values = Array.from(text, (character) => ALPHABET.indexOf(character));
  if (values.includes(-1) || values.length > MOST_CHARACTERS) throw new RangeError("This is no door code.");
  let bits = "0010" + binary(values.length, 9);
  for (let at = 0; at < values.length; at += 2) {
    const pair = at + 1 < values.length;
    bits += pair ? binary(values[at] * 45 + values[at + 1], 11) : binary(values[at], 6);
  }
  const room = BLOCKS * DATA_PER_BLOCK;
  bits = bits.padEnd(Math.min(bits.length + 4, room * 8), "0");
  bits = bits.padEnd(Math.ceil(bits.length / 8) * 8, "0");
  const bytes = bits.match(/.{8}/g).map((eight) => parseInt(eight, 2));
  for (let pad = 0xec; bytes.length < room; pad ^= 0xec ^ 0x11) bytes.push(pad);
  return bytes;
}

function binary(value, length) {
  return value.toString(2).padStart(length, "0");
}

/** Returns data and check bytes in the order in which they are drawn. */
function interleaved(bytes) {
  const blocks = Array.from({ length: BLOCKS }, (_, at) => bytes.slice(at * DATA_PER_BLOCK, (at + 1) * DATA_PER_BLOCK));
  const checks = blocks.map(checkBytes);
  const across = (parts, length) => Array.from({ length }, (_, at) => parts.map((part) => part[at])).flat();
  return [...across(blocks, DATA_PER_BLOCK), ...across(checks, CHECKS_PER_BLOCK)];
}

/** Returns the remainder of the block by the product of (x - 2^n), n below 16: Reed and Solomon. */
function checkBytes(block) {
  let divisor = [1];
  for (let power = 0; power < CHECKS_PER_BLOCK; power += 1) {
    divisor = [...divisor, 0].map((value, at) => value ^ times(divisor[at - 1] ?? 0, EXP[power]));
  }
  const rest = [...block, ...Array(CHECKS_PER_BLOCK).fill(0)];
  for (let at = 0; at < block.length; at += 1) {
    const factor = rest[at];
    divisor.forEach((value, beside) => {
      rest[at + beside] ^= times(value, factor);
    });
  }
  return rest.slice(block.length);
}

function times(left, right) {
  return left && right ? EXP[(LOG[left] + LOG[right]) % 255] : 0;
}

function drawPatterns(set) {
  for (let at = 0; at < SIZE; at += 1) {
    set(6, at, at % 2 === 0);
    set(at, 6, at % 2 === 0);
  }
  for (const [top, left] of [[3, 3], [3, SIZE - 4], [SIZE - 4, 3]]) {
    rings(set, top, left, 4, (distance) => distance !== 2 && distance !== 4);
  }
  rings(set, ALIGNMENT, ALIGNMENT, 2, (distance) => distance !== 1);
}

function rings(set, top, left, reach, isDark) {
  for (let row = Math.max(0, top - reach); row <= Math.min(SIZE - 1, top + reach); row += 1) {
    for (let column = Math.max(0, left - reach); column <= Math.min(SIZE - 1, left + reach); column += 1) {
      set(row, column, isDark(Math.max(Math.abs(row - top), Math.abs(column - left))));
    }
  }
}

function drawFormat(set) {
  const bit = (at) => ((FORMAT >> at) & 1) === 1;
  for (let at = 0; at < 15; at += 1) {
    const down = at < 6 ? at : at < 8 ? at + 1 : SIZE - 15 + at;
    const across = at < 8 ? SIZE - 1 - at : at === 8 ? 7 : 14 - at;
    set(down, 8, bit(at));
    set(8, across, bit(at));
  }
  set(SIZE - 8, 8, true);
}

/** Fills what is left, two columns at a time, upwards and downwards in turn, from the right. */
function drawData(bytes, dark, taken) {
  let at = 0;
  for (let right = SIZE - 1, upwards = true; right > 0; right -= 2, upwards = !upwards) {
    if (right === 6) right -= 1;
    for (let step = 0; step < SIZE; step += 1) {
      const row = upwards ? SIZE - 1 - step : step;
      for (const column of [right, right - 1]) {
        if (taken[row][column]) continue;
        const byte = bytes[at >> 3] ?? 0;
        const bit = (byte >> (7 - (at & 7))) & 1;
        dark[row][column] = (bit === 1) !== ((row + column) % 2 === 0);
        at += 1;
      }
    }
  }
}
