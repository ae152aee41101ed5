using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.DependencyInjection;

namespace Stork.Durable.WorkQueues;

/// <summary>Who may do something with a queue.</summary>
internal sealed class QueuePermission
{
    public static readonly QueuePermission Nobody = new(static (_, _) => ValueTask.FromResult(false));

    private readonly Func<Socket, string, ValueTask<bool>> _isAllowed;

    private QueuePermission(Func<Socket, string, ValueTask<bool>> isAllowed) => _isAllowed = isAllowed;

    public static QueuePermission Of(Func<Socket, ValueTask<bool>> isAllowed)
    {
        ArgumentNullException.ThrowIfNull(isAllowed);
        return new QueuePermission((socket, _) => isAllowed(socket));
    }

    public static QueuePermission OfPolicy(string policy)
    {
        ArgumentException.ThrowIfNullOrEmpty(policy);
        return new QueuePermission(async (socket, queue) =>
        {
            await using var scope = socket.Server.Services.CreateAsyncScope();
            var service = scope.ServiceProvider.GetService<IAuthorizationService>()
                ?? throw new InvalidOperationException("The policy of a queue needs builder.Services.AddAuthorization().");
            return (await service.AuthorizeAsync(socket.Handshake.User, new QueueAccess(socket, queue), policy)).Succeeded;
        });
    }

    /// <summary>What fails does not let in.</summary>
    public async ValueTask<bool> IsAllowedAsync(Socket socket, string queue)
    {
        try
        {
            return await _isAllowed(socket, queue);
        }
#pragma warning disable CA1031 // A policy that fails allows nothing.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            QueueLog.AuthorizationFailed(socket.Server.Logger, failure, queue);
            return false;
        }
    }
}
