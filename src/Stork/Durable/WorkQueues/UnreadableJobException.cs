namespace Stork.Durable.WorkQueues;

/// <summary>A stored job does not fit the consumer's type. Trying again does not help; a corrected consumer and a redrive do.</summary>
internal sealed class UnreadableJobException(Type type, Exception? inner)
    : Exception($"The job cannot be read as {type.Name}{(inner is null ? ": it is null" : "")}.", inner);
