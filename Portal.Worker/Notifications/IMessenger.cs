using Portal.Core.Notifications;

namespace Portal.Worker.Notifications;

/// <summary>A way out of the portal.</summary>
public interface IMessenger
{
    DeliveryChannel Channel { get; }

    /// <exception cref="DeliveryFailedException">It was not taken, classified here.</exception>
    Task SendAsync(Delivery delivery, CancellationToken cancellationToken);
}

/// <summary>A try that came to nothing.</summary>
public sealed class DeliveryFailedException(DeliveryTrouble trouble, Exception? inner = null) : Exception(trouble.Trouble, inner)
{
    public DeliveryTrouble Trouble { get; } = trouble;
}
