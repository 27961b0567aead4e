/**
 * @file Text in bytes. The platform's TextDecoder is asked first; where there is none, or where it refuses bytes of another
 * realm or shared memory (Jest's jsdom has both faults), the bytes are decoded here.
 */

/** UTF-8 text, or undefined if the bytes are none. A byte order mark stays. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  const Decoder = globalThis.TextDecoder;
  if (typeof Decoder === "function") {
    try {
      return new Decoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      // Damaged text, or a decoder that does not take these bytes: the pass below tells which.
    }
  }
  return decodeByHand(bytes);
}

/** A character for each byte. */
export function decodeLatin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** The smallest code point that needs so many bytes after the first. */
const LEAST = [0, 0x80, 0x800, 0x10000];

function decodeByHand(bytes: Uint8Array): string | undefined {
  let text = "";
  for (let i = 0; i < bytes.length; ) {
    const lead = bytes[i++] as number;
    if (lead < 0x80) {
      text += String.fromCharCode(lead);
      continue;
    }
    if (lead < 0xc2 || lead > 0xf4) return undefined;
    const more = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
    let point = lead & (0x3f >> more);
    for (let k = 0; k < more; k++) {
      const next = bytes[i++];
      if (next === undefined || (next & 0xc0) !== 0x80) return undefined;
      point = (point << 6) | (next & 0x3f);
    }
    const isSurrogate = point >= 0xd800 && point < 0xe000;
    if (point < (LEAST[more] as number) || point > 0x10ffff || isSurrogate) return undefined;
    text += String.fromCodePoint(point);
  }
  return text;
}
