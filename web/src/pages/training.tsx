import { Alert, Button, Paper, Skeleton, Title } from "@mantine/core";
import { useEffect, useState } from "react";
import type { ModelEntry, ModelName, TrainingStatus } from "../api/training";
import { getClassDistribution, getLabelCounts, getModels } from "../api/training";
import { ComparisonView } from "../components/comparison";
import { AlertIcon, CheckIcon } from "../components/icons";
import { ModelsTable, PromoteDialog } from "../components/models_table";
import { PageHeading } from "../components/page_heading";
import { TrainingData, useUploads } from "../components/training_data";
import { TrainingRun } from "../components/training_run";
import type { Trouble } from "../lib/trouble";
import type { Answer } from "../state/answer";
import { useAnswer } from "../state/answer";
import { useServerState } from "../state/health";
import { useTraining } from "../state/training";

function Unavailable({ trouble }: { trouble: Trouble }) {
  return (
    <Alert
      className="notice"
      icon={<AlertIcon />}
      title={
        trouble.kind === "absent" ? "This server does not train" : "No news of the training"
      }
      role="status"
      color="yellow"
    >
      <p>
        {trouble.text}
        {trouble.kind === "offline" && " This page goes on by itself when it is back."}
      </p>
    </Alert>
  );
}

interface CandidateProps {
  status: TrainingStatus;
  models: readonly ModelEntry[];
  onPromoted: (model: ModelName) => void;
}

function Candidate({ status, models, onPromoted }: CandidateProps) {
  const [isAsking, setAsking] = useState(false);
  const { candidate, comparison } = status;
  if (!candidate || status.status === "running") return null;
  const entry = models.find(({ sha256 }) => sha256 === candidate.sha256);
  const isServing = entry?.serving === true;
  return (
    <Paper className="card" withBorder component="section" aria-labelledby="candidate">
      <Title order={2} id="candidate">
        3. Compare and decide
      </Title>
      <p className="quiet training-lead">
        Candidate: {candidate.name} {candidate.version}
      </p>
      {comparison ? (
        <ComparisonView comparison={comparison} />
      ) : (
        <p>It was not compared with the current model.</p>
      )}
      {isServing ? (
        <p className="verdict verdict-normal candidate-serves">
          <CheckIcon />
          <span>It serves now.</span>
        </p>
      ) : (
        <Button mt="md" size="md" onClick={() => setAsking(true)}>
          Promote the candidate
        </Button>
      )}
      {isAsking && (
        <PromoteDialog
          model={candidate}
          current={models.find(({ serving }) => serving) ?? null}
          comparison={comparison}
          onDone={onPromoted}
          onClose={() => setAsking(false)}
        />
      )}
    </Paper>
  );
}

export default function TrainingPage() {
  const server = useServerState();
  const kept = useUploads().filter(({ state }) => state === "kept").length;
  const [models, askModels] = useAnswer(getModels, [server]);
  const [labels, askLabels] = useAnswer(getLabelCounts, [server]);
  const [{ status, trouble }, askStatus] = useTraining({ model: askModels, label: askLabels });
  useEffect(askStatus, [server]);
  const [distribution] = useAnswer(getClassDistribution, [server, kept, status?.status]);
  const [promoted, setPromoted] = useState<ModelName | null>(null);
  const onPromoted = (model: ModelName) => {
    setPromoted(model);
    askModels();
  };
  const valueOf = <T,>(answer: Answer<T>) => (answer.state === "ready" ? answer.value : null);
  const isAbsent = trouble?.kind === "absent";
  return (
    <>
      <PageHeading title="Training">Training</PageHeading>
      <p className="lead quiet">
        Teach the model with recordings of your own, see whether it got better, and decide.
      </p>
      {trouble && <Unavailable trouble={trouble} />}
      <div role="status">
        {promoted && (
          <p className="notice-plain">
            {promoted.name} {promoted.version} serves now.
          </p>
        )}
      </div>
      {!status && !trouble && <Skeleton height={320} aria-label="Loading" />}
      {!isAbsent && status && (
        <>
          <TrainingData kept={valueOf(distribution)} labels={valueOf(labels)} />
          <TrainingRun status={status} onChange={askStatus} />
          <Candidate
            status={status}
            models={valueOf(models) ?? []}
            onPromoted={onPromoted}
          />
          <ModelsTable models={models} onPromoted={onPromoted} />
        </>
      )}
    </>
  );
}
