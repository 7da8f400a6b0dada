import { Button, NativeSelect, TextInput } from "@mantine/core";
import type { Location } from "../api/types";
import type { About } from "../lib/queue";
import { NOTHING_KNOWN } from "../lib/queue";
import { aboutWords, LOCATION_WORDS } from "../lib/places";

interface Props {
  about: About;
  onAbout: (about: About) => void;
}

const LONGEST_REFERENCE = 128; // what the server takes

// What is sent with each recording from now on. Its heading says it also where it is folded, so that
// nobody files a patient under the one before.
export function AboutForm({ about, onAbout }: Props) {
  const words = aboutWords(about.patientRef.trim() || undefined, about.location || undefined);
  return (
    <details className="about">
      <summary>
        About this recording
        <span className="quiet about-now">{words ? `: ${words}` : " (optional)"}</span>
      </summary>
      <div className="about-fields">
        <TextInput
          label="Patient reference"
          description="A pseudonym that groups recordings of one person. Never a name."
          maxLength={LONGEST_REFERENCE}
          autoComplete="off"
          value={about.patientRef}
          onChange={(event) => onAbout({ ...about, patientRef: event.currentTarget.value })}
        />
        <NativeSelect
          label="Location"
          description="Where the stethoscope was."
          value={about.location}
          onChange={(event) =>
            onAbout({ ...about, location: event.currentTarget.value as Location | "" })
          }
          data={[
            { value: "", label: "Not said" },
            ...Object.entries(LOCATION_WORDS).map(([value, name]) => ({
              value,
              label: value === "other" ? name : `${name} (${value})`,
            })),
          ]}
        />
        {words && (
          <Button variant="default" onClick={() => onAbout(NOTHING_KNOWN)}>
            Next patient
          </Button>
        )}
      </div>
      <p className="quiet small">
        Sent with every recording you add from now on, until you change it.
      </p>
    </details>
  );
}
