"""A stand-in for the Python HeartBeat AI, to be measured against: FastAPI, uvicorn and PyTorch.

    python3 -m uvicorn --app-dir bench/peer app:app --port 8001

One worker whose handler computes, as the original's did: 5 s of the recording, a mel spectrogram of
128 x 79 (mel.py) and a network of four blocks (network.py), whose weights are random. The last 100
answers are kept in memory.
"""

import collections
import datetime
import time
import uuid

import torch
from fastapi import FastAPI, File, HTTPException, UploadFile

import mel
import network

app = FastAPI(title="Stand-in for the Python HeartBeat AI")
model = network.build()
history = collections.deque(maxlen=100)


@app.get("/health")
async def health():
    return {"status": "ok", "model_loaded": True}


@app.post("/predict")
async def predict(file: UploadFile = File(...)):
    began = time.perf_counter()
    try:
        samples = mel.load(await file.read())
    except RuntimeError as failure:
        raise HTTPException(status_code=400, detail="the file cannot be read as sound") from failure
    features = mel.mel_spectrogram(samples)
    with torch.no_grad():
        probability = model(torch.from_numpy(features)[None, None]).item()
    abnormal = probability >= 0.5
    answer = {
        "id": str(uuid.uuid4()),
        "file_name": file.filename,
        "timestamp": datetime.datetime.now(datetime.timezone.utc).isoformat(),
        "predicted_class": "abnormal" if abnormal else "normal",
        "confidence": probability if abnormal else 1 - probability,
        "processing_time": time.perf_counter() - began,
    }
    history.append(answer)
    return answer


@app.get("/visualizations/prediction-history")
async def prediction_history():
    return {"history": list(history)}
