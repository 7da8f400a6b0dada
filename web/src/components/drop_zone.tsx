import { Button } from "@mantine/core";
import { useRef } from "react";
import type { NamedFile } from "../lib/files";
import { soundsOf } from "../lib/files";
import { FolderIcon, UploadIcon } from "./icons";

interface Props {
  onFiles: (files: NamedFile[]) => void;
}

// The drop itself is taken by the whole window (shell.tsx).
export function DropZone({ onFiles }: Props) {
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const take = (input: HTMLInputElement, isFolder: boolean) => {
    const named = [...(input.files ?? [])].map((file) => ({
      file,
      name: file.webkitRelativePath || file.name,
    }));
    input.value = ""; // the same file may be chosen again
    const wanted = isFolder ? soundsOf(named) : named;
    if (wanted.length > 0) onFiles(wanted);
  };
  return (
    <div className="drop">
      <span className="drop-icon">
        <UploadIcon size={36} />
      </span>
      <p className="drop-title">Drop heart-sound recordings here</p>
      <p className="drop-hint">
        WAV, FLAC, OGG or MP3, 1 second to 30 minutes. One, many, or a folder.
      </p>
      <div className="drop-buttons">
        <Button size="md" onClick={() => files.current?.click()}>
          Choose files
        </Button>
        <Button
          size="md"
          variant="default"
          leftSection={<FolderIcon />}
          onClick={() => folder.current?.click()}
        >
          Choose a folder
        </Button>
      </div>
      <input
        ref={files}
        type="file"
        multiple
        hidden
        aria-label="Recordings"
        data-testid="files"
        onChange={(event) => take(event.currentTarget, false)}
      />
      <input
        ref={folder}
        type="file"
        multiple
        hidden
        aria-label="Folder of recordings"
        data-testid="folder"
        {...{ webkitdirectory: "" }}
        onChange={(event) => take(event.currentTarget, true)}
      />
    </div>
  );
}
