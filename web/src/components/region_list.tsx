import type { EvidenceRegion } from "../api/types";
import { placeOf, sideOf, signed } from "../lib/evidence";

// The parts that moved the verdict most, in words.
export function RegionList({ regions }: { regions: readonly EvidenceRegion[] }) {
  if (regions.length === 0) return <p>No part of the recording stands out.</p>;
  return (
    <>
      <ol className="regions">
        {regions.map((region) => (
          <li key={`${region.start_s} ${region.low_hz} ${region.contribution}`}>
            {placeOf(region)}: speaks for{" "}
            <strong className={`side-${sideOf(region)}`}>{sideOf(region)}</strong>{" "}
            <span className="quiet small">({signed(region.contribution)})</span>
          </li>
        ))}
      </ol>
      <p className="quiet small">
        In brackets: what the part adds to the logit, of which the probability is made. These parts
        are not all of it: a share belongs to the model, whatever it hears. This is what the model
        went by, not a finding: it does not say what is wrong with a heart, or that anything is.
      </p>
    </>
  );
}
