// P-256 points in their short form. Browsers import only the long one (WebCrypto's "raw").

const P = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;
const ROOT = (P + 1n) / 4n; // p = 3 (mod 4): a root of v is v^((p + 1) / 4), if v has one

/** Returns the 65 bytes of a point in 33, or null if there is no such point on the curve. */
export function uncompressed(short) {
  if (short.length !== 33 || (short[0] !== 2 && short[0] !== 3)) return null;
  let x = 0n;
  for (let at = 1; at < 33; at += 1) x = (x << 8n) | BigInt(short[at]);
  if (x >= P) return null;
  const square = (x * x * x - 3n * x + B) % P;
  const value = square < 0n ? square + P : square;
  let y = power(value, ROOT);
  if ((y * y) % P !== value) return null;
  if ((y & 1n) !== BigInt(short[0] & 1)) y = P - y;
  const long = new Uint8Array(65);
  long[0] = 4;
  long.set(short.subarray(1), 1);
  for (let at = 64; at > 32; at -= 1) {
    long[at] = Number(y & 0xffn);
    y >>= 8n;
  }
  return long;
}

function power(base, exponent) {
  let result = 1n;
  let factor = base;
  for (let left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = (result * factor) % P;
    factor = (factor * factor) % P;
  }
  return result;
}
