// Deadlines and stuck calls are measured in real time; on a machine with two cores tests side by side would be late for each other's.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
