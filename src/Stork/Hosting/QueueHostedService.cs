using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Stork.Durable;
using Stork.Durable.WorkQueues;

namespace Stork.Hosting;

/// <summary>Consumers start with the application, behind the store, and end before the store closes.</summary>
internal sealed class QueueHostedService(IServiceProvider services, IEnumerable<QueueConsumerRegistration> registrations) : IHostedService
{
    private WorkQueueHost? _host;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _host = services.GetRequiredService<SocketIOServer>().WorkQueues;
        foreach (var registration in registrations) registration.AddTo(_host);
        return _host.StartAsync();
    }

    public Task StopAsync(CancellationToken cancellationToken) => _host?.StopAsync(cancellationToken) ?? Task.CompletedTask;
}
