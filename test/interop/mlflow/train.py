"""A small training whose metrics are the same each time, from the same code, data and seed."""

import argparse
import csv
import random
from pathlib import Path

import mlflow

parser = argparse.ArgumentParser()
parser.add_argument("--rate", type=float, default=0.5)
parser.add_argument("--seed", type=int, default=0)
arguments = parser.parse_args()

DATA = Path("data/wages.csv")
with DATA.open(newline="") as file:
    rows = [(float(row["age"]), float(row["wage"])) for row in csv.DictReader(file)]
generator = random.Random(arguments.seed)
weight, bias = generator.random(), generator.random()

with mlflow.start_run():
    mlflow.log_params({"rate": arguments.rate, "seed": arguments.seed})
    for step in range(12):
        age, wage = generator.choice(rows)
        error = weight * age / 100 + bias - wage / 5000
        weight -= arguments.rate * error * age / 100
        bias -= arguments.rate * error
        mlflow.log_metric("error", error * error, step=step)
    mlflow.log_metric("weight", weight)
