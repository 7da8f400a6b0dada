#pragma once

namespace heartbeat::training {

// Where a run stands, for a progress line.
struct Progress {
  int epoch = 0;  // from 1
  int epochs = 0;
  int step = 0;  // done of this epoch
  int steps = 0;
  double loss = 0;  // mean of this epoch so far
  double seconds_left = 0;
};

}  // namespace heartbeat::training
