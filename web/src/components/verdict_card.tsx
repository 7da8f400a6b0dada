import { Paper, Text } from "@mantine/core";
import type { ReactNode } from "react";
import type { Prediction } from "../api/types";
import { percent } from "../lib/words";
import { ProbabilityScale } from "./probability_scale";
import { VerdictLabel } from "./verdict";

interface Props {
  prediction: Prediction;
  name?: string; // of the recording, where no heading says it
  children?: ReactNode;
}

export function VerdictCard({ prediction, name, children }: Props) {
  return (
    <Paper className="card verdict-card" withBorder>
      {name && <p className="quiet file-name">{name}</p>}
      <VerdictLabel verdict={prediction.verdict} large />
      <Text size="lg" mt="xs" mb="lg">
        Probability of abnormal:{" "}
        <strong data-testid="probability">{percent(prediction.probability_abnormal)}</strong>
      </Text>
      <ProbabilityScale
        probability={prediction.probability_abnormal}
        threshold={prediction.threshold_used}
      />
      {prediction.recording.truncated && (
        <Text mt="md">The file was cut off: only what came before the cut was heard.</Text>
      )}
      {children}
    </Paper>
  );
}
