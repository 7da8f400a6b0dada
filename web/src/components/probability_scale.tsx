import { percent } from "../lib/words";

interface Props {
  probability: number;
  threshold: number;
}

// Where the probability lies between 0 and 100 %, and from where on it is called abnormal.
export function ProbabilityScale({ probability, threshold }: Props) {
  const at = (share: number) => `${share * 100}%`;
  const side = threshold < 0.15 ? "start" : threshold > 0.85 ? "end" : "middle";
  return (
    <div
      className="scale"
      role="img"
      aria-label={`Probability of abnormal ${percent(probability)}; called abnormal from ${percent(threshold)} on.`}
    >
      <div className="scale-track">
        <div className="scale-normal" style={{ width: at(threshold) }} />
        <div className="scale-abnormal" style={{ width: at(1 - threshold) }} />
        <div className="scale-threshold" style={{ left: at(threshold) }} />
        <div className="scale-marker" style={{ left: at(probability) }} />
      </div>
      <div className="scale-labels">
        <span>0 % normal</span>
        <span className={`scale-middle scale-${side}`} style={{ left: at(threshold) }}>
          threshold {Number((threshold * 100).toFixed(1))} %
        </span>
        <span>100 % abnormal</span>
      </div>
    </div>
  );
}
