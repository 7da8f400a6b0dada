// Node 18 has File, but not as a global.
import { File } from "node:buffer";

globalThis.File ??= File as unknown as typeof globalThis.File;
