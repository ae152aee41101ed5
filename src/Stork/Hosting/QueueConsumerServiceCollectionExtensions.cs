using System.Diagnostics.CodeAnalysis;
using Stork;
using Stork.Durable.WorkQueues;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds consumers of work queues to an application's services.</summary>
public static class QueueConsumerServiceCollectionExtensions
{
    /// <summary>What trimming must leave of a consumer.</summary>
    private const DynamicallyAccessedMemberTypes Needed =
        DynamicallyAccessedMemberTypes.PublicConstructors | DynamicallyAccessedMemberTypes.Interfaces;

    /// <summary>
    /// Processes the jobs of a queue with a class, made for each job from a scope of its own. Starts with the application and ends before
    /// it does. Called several times, it adds several consumers.
    /// </summary>
    /// <typeparam name="TConsumer">Implements <see cref="IQueueConsumer{T}"/> for the type of the jobs; if it is registered as a service
    /// itself, that is used.</typeparam>
    /// <param name="services">The application's services.</param>
    /// <param name="queue">The queue's name.</param>
    /// <param name="configure">Sets options; they are validated when the application starts, as is whether the jobs can be read: a type
    /// without JSON metadata (<see cref="SocketIOOptions.JsonSerializerOptions"/>) ends the start.</param>
    public static IServiceCollection AddQueueConsumer<[DynamicallyAccessedMembers(Needed)] TConsumer>(
        this IServiceCollection services, string queue, Action<QueueConsumerOptions>? configure = null)
        where TConsumer : class, IQueueConsumer
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrEmpty(queue);
        var make = ActivatorUtilities.CreateFactory<TConsumer>([]);
        services.AddSocketIO();
        return services.AddSingleton(new QueueConsumerRegistration(
            queue,
            configure,
            (run, stop) => (run.Services.GetService<TConsumer>() ?? run.DisposeWithJob(make(run.Services, []))).HandleAsync(run, stop),
            JobOf(typeof(TConsumer))));
    }

    /// <summary>What the class says that its jobs are; it may implement no more than one such interface.</summary>
    private static Type JobOf([DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.Interfaces)] Type consumer) =>
        Array.Find(consumer.GetInterfaces(), IsOfJobs)?.GetGenericArguments()[0]
        ?? throw new ArgumentException($"{consumer} must implement IQueueConsumer<T> for the type of its jobs.");

    private static bool IsOfJobs(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IQueueConsumer<>);
}
