using Microsoft.AspNetCore.Components.Routing;
using Microsoft.AspNetCore.Components.Web;

namespace Portal.Components.Layout;

public sealed partial class MainLayout
{
    private ErrorBoundary? _boundary;

    private string Here => Navigation.ToBaseRelativePath(Navigation.Uri).Split('#')[0];

    protected override void OnInitialized() => Navigation.LocationChanged += Moved;

    public void Dispose() => Navigation.LocationChanged -= Moved;

    private void Moved(object? sender, LocationChangedEventArgs args)
    {
        // Another page gets another chance.
        _boundary?.Recover();
        _ = InvokeAsync(StateHasChanged);
    }
}
