import { Paper, Text } from "@mantine/core";
import type { ReactNode } from "react";
import type { Prediction } from "../api/types";
import { prevalenceWords } from "../lib/calibrated";
import { sentence } from "../lib/trouble";
import { murmurWords, percent } from "../lib/words";
import { ProbabilityScale } from "./probability_scale";
import { VerdictLabel } from "./verdict";

interface Props {
  prediction: Prediction;
  name?: string; // of the recording, where no heading says it
  children?: ReactNode;
}

export function VerdictCard({ prediction, name, children }: Props) {
  const { quality, recording, verdict } = prediction;
  // Then its probability says nothing, and the guidance has the reasons.
  const isPoor = verdict === "poor_quality";
  const stated = prevalenceWords(prediction.prevalence);
  return (
    <Paper className="card verdict-card" withBorder>
      {name && <p className="quiet file-name">{name}</p>}
      <VerdictLabel verdict={verdict} large />
      {!isPoor && (
        <>
          {verdict === "uncertain" && (
            <Text mt="xs">{prediction.clinical_guidance.summary}</Text>
          )}
          <Text size="lg" mt="xs" mb="lg">
            Probability of abnormal:{" "}
            <strong data-testid="probability">{percent(prediction.probability_abnormal)}</strong>
            {stated && <span className="quiet"> {stated}</span>}
          </Text>
          <ProbabilityScale
            probability={prediction.probability_abnormal}
            threshold={prediction.threshold_used}
          />
        </>
      )}
      {!isPoor && prediction.murmur && (
        <Text mt="md" className="murmur" data-testid="murmur">
          Murmur: {murmurWords(prediction.murmur)}
        </Text>
      )}
      {!isPoor && quality && quality.reasons.length > 0 && (
        <ul className="quality-reasons" aria-label="Quality of the recording">
          {quality.reasons.map((reason) => (
            <li key={reason}>{sentence(reason)}</li>
          ))}
        </ul>
      )}
      {!quality && recording.truncated && (
        <Text mt="md">The file was cut off: only what came before the cut was heard.</Text>
      )}
      {children}
    </Paper>
  );
}
