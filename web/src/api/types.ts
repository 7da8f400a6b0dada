// What the server answers, as /openapi.json describes it.

export type Verdict = "normal" | "abnormal" | "uncertain" | "poor_quality";

// Which threshold a calibrated model is asked at.
export type OperatingPoint = "screening" | "balanced" | "specific";

// Where the stethoscope was.
export type Location = "AV" | "PV" | "TV" | "MV" | "other";

export interface Window {
  start_s: number;
  end_s: number;
  probability_abnormal: number;
}

// A box of time and frequency; a `contribution` above 0 speaks for abnormal.
export interface EvidenceRegion {
  start_s: number;
  end_s: number;
  low_hz: number;
  high_hz: number;
  contribution: number;
}

export interface Prediction {
  id: string;
  file_name: string;
  timestamp: string;
  predicted_class: "normal" | "abnormal";
  confidence: number;
  probability_abnormal: number;
  probability_normal: number;
  threshold_used: number;
  verdict: Verdict;
  // All three are missing where the model was not calibrated.
  prediction_set?: ("normal" | "abnormal")[];
  operating_point?: OperatingPoint;
  prevalence?: number;
  // Both are missing from what an older version kept.
  quality?: { ok: boolean; score: number; reasons: string[] };
  heart_rate_bpm?: number | null;
  // Of a model with a murmur output; they add up to 1.
  murmur?: { present: number; unknown: number; absent: number };
  windows: Window[];
  // Missing where the model cannot tell.
  explanation?: { regions: EvidenceRegion[] };
  recording: {
    duration_s: number;
    sample_rate_hz: number;
    channels: number;
    format: string;
    truncated: boolean;
    sha256: string;
  };
  clinical_guidance: { summary: string; action: string; follow_up: string; urgency: string };
  risk_assessment: { risk_score: number; risk_level: string; color: string };
  model: { name: string; version: string; sha256: string };
  patient_ref?: string;
  location?: Location;
  processing_time: number;
  disclaimer: string;
}

export type BatchResult =
  | (Prediction & { status: "success" })
  | { status: "error"; file_name: string; error: string; type: string };

export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
}

export interface Health {
  status: string;
  model_loaded: boolean;
}

// A measure and its 95 % interval.
export interface Figure {
  value: number;
  low: number | null;
  high: number | null;
}

export interface ConfusionMatrix {
  true_negative: number;
  false_positive: number;
  false_negative: number;
  true_positive: number;
}

export interface FigureGroup {
  database: string;
  normal: number;
  abnormal: number;
  refused: number;
  confusion_matrix: ConfusionMatrix | null;
  measures: Record<string, Figure>;
}

export interface Calibration {
  slope: number;
  intercept: number;
  prevalence: number;
  operating_point: OperatingPoint;
  operating_points: Record<OperatingPoint, number>;
  prediction_sets: { error_level: number; largest_normal: number; largest_abnormal: number };
}

export interface ModelCard {
  name: string;
  version: string;
  sha256: string;
  license: string;
  training_data_sha256: string;
  threshold: number;
  calibration: Calibration | null;
  hears_murmurs: boolean;
  window_s: number;
  window_step_s: number;
  features: Record<string, number | string>;
  figures: { split: string | null; threshold: number; groups: FigureGroup[] } | null;
  figures_note: string | null;
  disclaimer: string;
}

export interface Metrics {
  predictions_served: number;
  latency_ms: number | null;
  latency_p50_ms: number | null;
  latency_p95_ms: number | null;
  uptime_seconds: number;
}
