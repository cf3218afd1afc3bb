"""What the doctor looks at, one file per matter; `run` asks them all."""
