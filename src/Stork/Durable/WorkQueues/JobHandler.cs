namespace Stork.Durable.WorkQueues;

/// <summary>What a consumer does with a job.</summary>
internal delegate Task JobHandler(JobRun run, CancellationToken cancellationToken);
