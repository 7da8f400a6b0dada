import type { Verdict } from "../api/types";
import { percent, plural, VERDICT_WORDS } from "../lib/words";
import { VerdictLabel } from "./verdict";

const ORDER: readonly Verdict[] = ["normal", "abnormal", "uncertain", "poor_quality"];

// How the recordings sounded, as one bar, with its figures below.
export function VerdictMix({ verdicts }: { verdicts: Record<Verdict, number> }) {
  const sum = ORDER.reduce((total, verdict) => total + verdicts[verdict], 0);
  if (sum === 0) return <p className="quiet">Nothing has been heard since the server started.</p>;
  const shown = ORDER.filter(
    (verdict) => verdicts[verdict] > 0 || verdict === "normal" || verdict === "abnormal",
  );
  const words = shown.map((one) => `${VERDICT_WORDS[one]}: ${verdicts[one]}`).join(", ");
  return (
    <>
      <div className="mix" role="img" aria-label={`${plural(sum, "recording")}. ${words}.`}>
        {shown.map((verdict) => (
          <div
            key={verdict}
            className={`mix-part mix-${verdict}`}
            style={{ flexGrow: verdicts[verdict] }}
          />
        ))}
      </div>
      <ul className="mix-words">
        {shown.map((verdict) => (
          <li key={verdict}>
            <VerdictLabel verdict={verdict} />
            <span className="mix-count">
              {verdicts[verdict]} <span className="quiet">({percent(verdicts[verdict] / sum)})</span>
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}
