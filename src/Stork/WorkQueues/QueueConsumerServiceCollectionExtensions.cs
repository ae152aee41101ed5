using System.Diagnostics.CodeAnalysis;
using Stork;
using Stork.WorkQueues;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds consumers of work queues to an application's services.</summary>
public static class QueueConsumerServiceCollectionExtensions
{
    /// <summary>
    /// Processes the jobs of a queue with a class, made for each job from a scope of its own. Starts with the application and ends before
    /// it does. Called
    /// several times, it adds several consumers.
    /// </summary>
    /// <typeparam name="TConsumer">Implements <see cref="IQueueConsumer{T}"/> for the type of the jobs; if it is registered as a service
    /// itself, that is used.</typeparam>
    /// <param name="services">The application's services.</param>
    /// <param name="queue">The queue's name.</param>
    /// <param name="configure">Sets options; they are validated when the application starts.</param>
    public static IServiceCollection AddQueueConsumer<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TConsumer>(
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
            (run, stop) => (run.Services.GetService<TConsumer>() ?? run.Own(make(run.Services, []))).HandleAsync(run, stop)));
    }
}
