"""What of MLflow's tests says nothing about a server like Skiff, and why."""

import re

REASONS = [
    (
        r"trace|assessment|scorer|evaluation_dataset|_dataset_?(to|from)?_experiment"
        r"|experiments_(at_once_)?rest_tracking|spans",
        "traces, assessments, scorers and evaluation datasets of language models are not there",
    ),
    (
        r"secret|endpoint|providers|list_models|provider_config|model_definition|gateway|promptlab",
        "MLflow's gateway to language models is not there",
    ),
    (r"graphql|upload_artifact_handler", "it serves MLflow's own page only"),
    (r"calls_optimized_impl", "it looks into MLflow's server, no request is sent"),
    (
        r"with_file_uri|path_source|local_artifact_uri|^test_artifacts$",
        "it wants files on the server's own disk",
    ),
    (
        r"^test_mlflow_artifacts_rest_apis$|^test_log_artifact$|proxied_artifact_root",
        "it looks for the files on the server's own disk",
    ),
    (r"validation_regex", "it starts a server with a setting of its own"),
    (r"artifacts_example", "it builds and starts containers"),
]

DIFFERS = {
    "test_create_get_search_experiment": "a relative artifact_location stays what it is; MLflow's "
    "server makes a path on its own disk of it",
    "test_create_experiment_validation": "refused as well; the message says 9 for 9.0, because "
    "JSON has one kind of number",
    "test_path_validation": "refused as well; the message says what a path may be (MLflow 3.17.2's "
    "own server fails here too)",
    "test_get_metric_history_bulk_interval_respects_max_results": "curves are sampled as MLflow "
    "3.17.2 does, whose own server fails here too",
    "test_create_model_version_with_non_local_source": "files that are kept here must belong to the "
    "run that is named, as in MLflow 3.17.2, whose own server fails here too",
    "test_delete_registered_model_flow": "a model that is made again is the one that was deleted, "
    "with its versions and the time that it was made at first",
    "test_update_registered_model_flow": "renaming is refused: endpoints and the audit log know a "
    "model by its name",
}


def reason_for(item):
    name = getattr(item, "originalname", item.name)
    if item.get_closest_marker("xfail"):
        return "MLflow itself expects it to fail"
    return next((why for pattern, why in REASONS if re.search(pattern, name)), None)
