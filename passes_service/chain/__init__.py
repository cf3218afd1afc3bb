"""The contracts as the service sees them: their ABIs, exported by `npm run abi`. No Node needed."""
