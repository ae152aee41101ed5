namespace Stork.Samples.Workers;

/// <summary>The worker inside the server. The end of a document and its result are stored together.</summary>
internal sealed class DocumentConsumer(SocketIOServer io, WorkerRegistry workers, TimeProvider time) : IQueueConsumer<Document>
{
    public async Task ConsumeAsync(DeliveryContext<Document> context, CancellationToken cancellationToken)
    {
        workers.SetWorkerOf(context.Id, WorkerRegistry.Server);
        await Task.Delay(TimeSpan.FromSeconds(Math.Clamp(context.Job.Seconds, 0, WorkerRegistry.MaxSeconds)), time, cancellationToken);
        workers.ThrowIfPoison(context.Job);
        var result = Examination.Examine(context.Id, context.Job, WorkerRegistry.Server);
        var output = io.Queue<Result>("results").Prepare(result, new EnqueueOptions { DedupId = context.Id.ToString() });
        await context.CompleteAsync([output], cancellationToken);
    }
}
