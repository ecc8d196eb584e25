// A zip of a folder, the same bytes for the same files: sorted names, one date, no rights of this machine.

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { crc32, deflateRawSync } from "node:zlib";

const DATE = 0x0021; // 1 January 1980, the first that the format knows
const DEFLATED = 8;
const UTF8_NAMES = 0x0800;

/** Names below the folder, with slashes, in order. */
export function filesOf(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => name.replaceAll("\\", "/"))
    .filter((name) => statSync(join(folder, name)).isFile())
    .sort();
}

export function zipOf(folder: string): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const name of filesOf(folder)) {
    const content = readFileSync(join(folder, name));
    const packed = deflateRawSync(content, { level: 9 });
    const described = describe(crc32(content), packed.length, content.length, Buffer.byteLength(name));
    const local = Buffer.concat([signature("PK\x03\x04"), described, Buffer.from(name), packed]);
    directory.push(entry(described, offset), Buffer.from(name));
    parts.push(local);
    offset += local.length;
  }
  const listed = Buffer.concat(directory);
  return Buffer.concat([...parts, listed, end(directory.length / 2, listed.length, offset)]);
}

/** What a file's own header and the directory say alike. */
function describe(checksum: number, packedBytes: number, bytes: number, nameBytes: number): Buffer {
  const header = Buffer.alloc(26);
  header.writeUInt16LE(20, 0); // version 2.0 can unpack it
  header.writeUInt16LE(UTF8_NAMES, 2);
  header.writeUInt16LE(DEFLATED, 4);
  header.writeUInt16LE(DATE, 8); // after the time, which is midnight
  header.writeUInt32LE(checksum, 10);
  header.writeUInt32LE(packedBytes, 14);
  header.writeUInt32LE(bytes, 18);
  header.writeUInt16LE(nameBytes, 22);
  return header;
}

function entry(described: Buffer, offset: number): Buffer {
  const madeBy = Buffer.from([20, 0]);
  const rest = Buffer.alloc(14); // no comment, first disk, no attributes
  rest.writeUInt32LE(offset, 10);
  return Buffer.concat([signature("PK\x01\x02"), madeBy, described, rest]);
}

function end(count: number, bytes: number, offset: number): Buffer {
  const rest = Buffer.alloc(18);
  rest.writeUInt16LE(count, 4);
  rest.writeUInt16LE(count, 6);
  rest.writeUInt32LE(bytes, 8);
  rest.writeUInt32LE(offset, 12);
  return Buffer.concat([signature("PK\x05\x06"), rest]);
}

function signature(letters: string): Buffer {
  return Buffer.from(letters, "latin1");
}
