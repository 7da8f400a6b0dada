// What is taken of a folder, and of things that are dropped.

export interface NamedFile {
  file: File;
  name: string;
}

const SOUND = /\.(wav|wave|flac|ogg|oga|opus|mp3|aif|aiff|m4a|aac|mp4|webm)$/i;

// Of a folder only what is named like sound: other files lie there by chance. What was chosen by
// itself is always sent, and judged by its content.
export function soundsOf(files: readonly NamedFile[]): NamedFile[] {
  return files.filter(({ name }) => SOUND.test(name) && !name.split("/").at(-1)?.startsWith("."));
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

async function entriesOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  // A reader gives some at a time, and none at the end.
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return all;
    all.push(...some);
  }
}

async function walk(folder: FileSystemDirectoryEntry): Promise<NamedFile[]> {
  const files: NamedFile[] = [];
  for (const entry of await entriesOf(folder)) {
    if (entry.isDirectory) {
      files.push(...(await walk(entry as FileSystemDirectoryEntry)));
    } else {
      const file = await fileOf(entry as FileSystemFileEntry);
      files.push({ file, name: entry.fullPath.replace(/^\//, "") });
    }
  }
  return files;
}

// The files of a drop, with those in its folders.
export async function droppedFiles(transfer: DataTransfer): Promise<NamedFile[]> {
  // Entries are gone once the event is over, so they are taken before anything is awaited.
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry());
  const plain = [...transfer.files];
  const folders = entries.filter((entry) => entry?.isDirectory) as FileSystemDirectoryEntry[];
  const single = plain.filter((_, i) => !entries[i]?.isDirectory);
  const files: NamedFile[] = single.map((file) => ({ file, name: file.name }));
  for (const folder of folders) files.push(...soundsOf(await walk(folder)));
  return files;
}
