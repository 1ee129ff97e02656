"""The stages of the pipeline, one file each; `STAGES` in the folder above has their order."""
